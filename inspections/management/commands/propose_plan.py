"""Propose the inspections of a month, or of several, and draft their plans.

Run on the server by whoever operates it, who reads the proposal of any area; a plan is drafted in
the name of an officer (--by) and only where that officer drafts plans on the page.
"""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import translation
from django.utils.formats import date_format

from core.access import scope_today
from core.months import Month
from core.permissions import Permission as P
from core.rules import RuleMissing
from core.types import User
from inspections.forms.plans import MAX_CAPACITY, MAX_DAYS, MIN_DAYS
from inspections.year_plan.forms import MOST_MONTHS
from inspections.year_plan.selectors import AreaProposal, Asked, proposal_for
from inspections.year_plan.services import draft_month
from inspections.year_plan.wording import left_out, month_rows
from schools.areas.selectors.tree import area_version
from schools.models import Area


class Command(BaseCommand):
    help = "Propose the inspections of an area with reasons, and draft them: --dry-run only shows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--area", required=True, metavar="CODE", help="province or cluster")
        parser.add_argument("--month", required=True, help="first month, YYYY-MM")
        parser.add_argument("--visits", type=int, required=True, help="a month, at most")
        parser.add_argument("--months", type=int, default=1, help="how many months; default: one")
        parser.add_argument(
            "--days", type=int, help="of all members a month, at most; default: two a visit"
        )
        parser.add_argument("--by", metavar="USERNAME", help="who drafts the plans")
        parser.add_argument("--dry-run", action="store_true", help="show, and write nothing")

    def handle(
        self,
        *args: Any,
        area: str,
        month: str,
        visits: int,
        months: int,
        days: int | None,
        by: str | None,
        dry_run: bool,
        **options: Any,
    ) -> None:
        with translation.override("vi"), transaction.atomic():
            _check("--visits", visits, 1, MAX_CAPACITY)
            _check("--months", months, 1, MOST_MONTHS)
            days = 2 * visits if days is None else days
            _check("--days", days, MIN_DAYS, MAX_DAYS)
            try:
                first = Month.parse(month)
                found = area_version(area, on=first.first)
                if found is None:
                    raise CommandError(
                        f"Không có đơn vị nào mang mã {area} trong tháng {first.label}."
                    )
                drafter = None if dry_run else _drafter(by, found)
                asked = Asked(found, first, months, visits, days)
                proposal = proposal_for(asked)
                self._show(proposal)
                if drafter is None:
                    self.stdout.write("Chạy thử: chưa ghi gì.")
                    return
                self._draft(proposal, drafter)
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from error
            except (ValueError, RuleMissing) as error:
                raise CommandError(str(error)) from error

    def _show(self, proposal: AreaProposal) -> None:
        for row in month_rows(proposal):
            said = "đã có kế hoạch" if row.plan_id else row.sentence
            self.stdout.write(f"Tháng {row.month.label}: {said}")
            for visit in row.visits:
                day = date_format(visit.proposed.day, "l d/m/Y")
                self.stdout.write(f"  {visit.commune}, {day}, {visit.member}")
                for reason in visit.reasons:
                    self.stdout.write(f"    {reason}")
        for sentence, communes in left_out(proposal):
            self.stdout.write(f"{sentence} {', '.join(title for _need, title in communes)}")

    def _draft(self, proposal: AreaProposal, drafter: User) -> None:
        """Every month that has no plan: all of them, or none."""
        asked = proposal.asked
        open_months = [each for each in asked.span if each not in proposal.plans]
        if not open_months:
            raise ValidationError(
                f"{asked.area.title} đã có kế hoạch tháng "
                f"{', '.join(each.label for each in asked.span)}. Hãy mở kế hoạch đó để sửa."
            )
        chosen = [each.month for each in proposal.proposal.months if each.visits]
        if not chosen:
            raise ValidationError("Không có lượt kiểm tra nào để đề xuất: chưa ghi gì.")
        for month in chosen:
            draft_month(asked=asked, month=month, seen=None, by=drafter)
            self.stdout.write(f"Đã lập dự thảo kế hoạch tháng {month.label}.")


def _check(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise CommandError(f"{name} phải từ {least} đến {most}.")


def _drafter(username: str | None, area: Area) -> User:
    """Who drafts the plans; raises CommandError for nobody, or somebody who may not there."""
    if not username:
        raise CommandError("Hãy ghi --by TÊN ĐĂNG NHẬP của người lập, hoặc --dry-run để xem.")
    user = get_user_model().objects.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError(f"Không có tài khoản đang dùng nào tên “{username}”.")
    # As on the page: for the area of the own office, not for one below it.
    if area.pk not in scope_today(user).areas_granted(P.DRAFT_PLANS):
        raise CommandError(f"Tài khoản {username} không lập kế hoạch kiểm tra ở {area.title}.")
    return user
