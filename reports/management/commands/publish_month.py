"""Close and publish a month, reopen it, compare it with the figures now, or look a code up."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from core.months import Month
from reports.models import Publication
from reports.month_review.details import DetailAltered, detail_of_publication
from reports.month_review.selectors import differences, is_unaltered, latest_publication
from reports.month_review.services import publish_month, reopen_month
from schools.areas.selectors.tree import area_version


class Command(BaseCommand):
    help = "Lock a month in an area and publish its figures; --reopen, --compare, --verify."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--area", help="code of the area, as of that month")
        parser.add_argument("--month", help="YYYY-MM")
        parser.add_argument("--reopen", metavar="REASON", help="open it again, and why")
        parser.add_argument("--compare", action="store_true", help="with the figures of now")
        parser.add_argument("--verify", metavar="CODE", help="what was published under a code")

    def handle(
        self,
        *args: Any,
        area: str | None,
        month: str | None,
        reopen: str | None,
        compare: bool,
        verify: str | None,
        **options: Any,
    ) -> None:
        if verify is not None:
            self._verify(verify)
            return
        if not area or not month:
            raise CommandError(_("Give --area and --month, or --verify."))
        try:
            asked = Month.parse(month)
            found = area_version(area, on=asked.last)
            if found is None:
                raise CommandError(
                    _("No area has the code %(code)s in %(month)s.")
                    % {"code": area, "month": asked.label}
                )
            if reopen is None and not compare:
                made = publish_month(area=found, month=asked, by=None)
                self._say(made)
                return
            publication = latest_publication(found, asked)
            if publication is None:
                raise CommandError(_("This month was not published there."))
            if compare:
                self._compare(publication)
                return
            reopen_month(publication=publication, by=None, reason=reopen or "")
            self.stdout.write(_("Reopened: %(publication)s") % {"publication": publication})
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except ValueError as error:
            raise CommandError(str(error)) from error

    def _say(self, publication: Publication) -> None:
        self.stdout.write(
            _("Published: %(publication)s, code %(code)s")
            % {"publication": publication, "code": publication.code}
        )

    def _compare(self, publication: Publication) -> None:
        found = differences(publication)
        for each in found:
            was, now = each.published or {}, each.now or {}
            self.stdout.write(
                f"{each.area} {each.level or '*'} {each.indicator}: "
                f"{was.get('numerator')}/{was.get('denominator')} → "
                f"{now.get('numerator')}/{now.get('denominator')}"
            )
        if not found:
            self.stdout.write(_("The figures are those that were published."))

    def _verify(self, code: str) -> None:
        publication = (
            Publication.objects.filter(code=code.strip().upper()[:14])
            .select_related("area", "published_by", "replaced_by")
            .first()
        )
        if publication is None:
            raise CommandError(_("Nothing was published under this code."))
        if not is_unaltered(publication):
            raise CommandError(_("The figures kept do not match their fingerprint."))
        try:
            detail_of_publication(publication)
        except DetailAltered as error:
            raise CommandError(" ".join(error.messages)) from error
        self._say(publication)
        at = timezone.localtime(publication.published_at)
        self.stdout.write(f"{at:%d/%m/%Y %H:%M} {publication.published_by or ''}".strip())
        replaced = getattr(publication, "replaced_by", None)
        if replaced is not None:
            self.stdout.write(_("Replaced by the code %(code)s.") % {"code": replaced.code})
        for row in json.loads(publication.content)["rows"]:
            self.stdout.write(
                f"{row['area']} {row['level'] or '*'} {row['indicator']}: "
                f"{row['numerator']}/{row['denominator']}"
            )
