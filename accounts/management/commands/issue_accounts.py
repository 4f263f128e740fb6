"""Accounts for people of the staff list who have none, with their slips in one file."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from accounts.issuing.candidates import (
    GROUPS,
    USUAL,
    Candidate,
    Group,
    areas_to_staff,
    candidates,
    is_chosen,
    schools_of,
    schools_to_staff,
)
from accounts.issuing.for_staff import ask_for_staff_accounts
from accounts.issuing.services import make_accounts, take_slips
from accounts.models import AccountBatch, User
from accounts.scoping import scope_for
from core.scope import Scope
from schools.models import School


class Command(BaseCommand):
    help = (
        "Make accounts for people of the staff list who have none: heads and teachers of classes,"
        " or --group. The slips hold first passwords: print the file, then delete it."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("--school", metavar="CODE", help="of one school")
        where.add_argument("--area", metavar="CODE", help="of a commune or cluster")
        where.add_argument("--province", action="store_true", help="of all schools")
        parser.add_argument(
            "--by", required=True, metavar="USERNAME", help="who makes them, with the rights of"
        )
        parser.add_argument(
            "--group",
            action="append",
            choices=[str(group) for group in Group],
            help="only these; may be given several times",
        )
        parser.add_argument("--dry-run", action="store_true", help="show, and make nothing")
        parser.add_argument(
            "--slips",
            metavar="FILE",
            help="PDF of the slips: a new file that only you may read, or - for the output",
        )

    def handle(
        self,
        *args: Any,
        school: str | None,
        area: str | None,
        by: str,
        group: list[str] | None,
        dry_run: bool,
        slips: str | None,
        **options: Any,
    ) -> None:
        with translation.override("vi"):
            maker = User.objects.filter(username=by, is_active=True).first()
            if maker is None:
                raise CommandError(f"Không có tài khoản đang dùng nào tên “{by}”.")
            scope = scope_for(maker)
            people = candidates(scope, schools=_schools(scope, school, area))
            chosen = [each for each in people if is_chosen(each, group or list(USUAL))]
            if dry_run:
                self._show(people, chosen)
                return
            if not slips:
                raise CommandError("Hãy ghi --slips TỆP (nơi để phiếu), hoặc --dry-run để xem.")
            with _opened(slips) as file:
                self._make(scope, maker, chosen, file)
        if slips != "-":
            self.stderr.write(f"Phiếu ở {slips}: in xong hãy xoá tệp này.")

    def _show(self, people: list[Candidate], chosen: list[Candidate]) -> None:
        taken = {each.person.pk for each in chosen}
        for each in people:
            where = f"{each.school.code} {each.school}: {each.person.full_name}"
            if each.person.pk in taken:
                self.stdout.write(f"{where} ({GROUPS[each.group]})")
            elif each.obstacle or each.namesakes:
                why = each.obstacle_words or f"đã có tài khoản cùng tên {each.namesakes[0]}"
                self.stderr.write(f"{where}: chưa tạo, {why}.")
        self.stdout.write(f"Chạy thử: sẽ tạo {len(chosen)} tài khoản. Chưa ghi gì.")

    def _make(self, scope: Scope, maker: User, chosen: list[Candidate], file: BinaryIO) -> None:
        try:
            asked = ask_for_staff_accounts(scope=scope, people=[each.person.pk for each in chosen])
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        except PermissionDenied as refusal:
            raise CommandError(f"Tài khoản {maker.username} không có quyền tạo.") from refusal
        batch = make_accounts(batch_id=asked.pk)
        content = None
        if batch is not None and batch.state == AccountBatch.State.DONE:
            content = take_slips(batch=batch, by=maker)
        if content is None:
            raise CommandError(
                "Chưa xong: đợt này đã bị dừng. Tài khoản đã tạo thì vẫn còn; in phiếu mới cho họ "
                "ở trang “Tài khoản” của trường."
            )
        file.write(content)
        made = asked.lines.exclude(user=None).count()
        self.stderr.write(f"Đã tạo {made} tài khoản.")


def _schools(scope: Scope, school: str | None, area: str | None) -> Any:
    own = schools_to_staff(scope)
    if school is not None:
        found = own.filter(code__iexact=school)
        if not found:
            raise CommandError(f"Không có trường nào mã {school} mà người này được tạo tài khoản.")
        return School.objects.filter(pk__in=[each.pk for each in found])
    if area is not None:
        areas = [each for each in areas_to_staff(scope) if each.code == area]
        if not areas:
            raise CommandError(f"Không có xã, cụm nào mã {area} mà người này được tạo tài khoản.")
        return schools_of(scope, areas[0])
    if not own.exists():
        raise CommandError("Người này không có quyền tạo tài khoản cho trường nào.")
    return own


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    """Where the slips go, opened before anything is made; gone again when nothing came of it.

    A file is new and its owner's alone; none lies where uploads are served or backed up. The
    terminal shows no PDF.
    """
    if name == "-":
        if sys.stdout.isatty():
            raise CommandError("Hãy chuyển đầu ra vào một tệp: --slips - > phieu.pdf")
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(name).resolve()
    if path.is_relative_to(Path(settings.MEDIA_ROOT).resolve()):
        raise CommandError("Không để phiếu trong thư mục tệp tải lên: chọn nơi khác.")
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise CommandError(f"Tệp {path} đã có: chọn tên khác.") from error
    except OSError as error:
        raise CommandError(f"Không ghi được tệp {path}: {error.strerror}.") from error
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise
