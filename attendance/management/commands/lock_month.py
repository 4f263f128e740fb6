"""Lock the registers of a month in an area, or unlock them."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from attendance.registers.selectors.windows import lock_in_force
from attendance.registers.services.period_locks import lock_period, unlock_period
from core.levels import EducationLevel
from core.months import Month
from schools.areas.selectors.tree import area_version


class Command(BaseCommand):
    help = "Lock the registers of a month in an area for everybody; --unlock takes it back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--area", required=True, help="code of the area, as of that month")
        parser.add_argument("--month", required=True, help="YYYY-MM")
        parser.add_argument(
            "--level", default="", choices=["", *EducationLevel.values], help="only this level"
        )
        parser.add_argument("--unlock", metavar="REASON", help="take the lock back, and why")

    def handle(
        self, *args: Any, area: str, month: str, level: str, unlock: str | None, **options: Any
    ) -> None:
        try:
            asked = Month.parse(month)
            found = area_version(area, on=asked.last)
            if found is None:
                raise CommandError(
                    _("No area has the code %(code)s in %(month)s.")
                    % {"code": area, "month": asked.label}
                )
            if unlock is None:
                lock = lock_period(area=found, month=asked, level=level, by=None)
                self.stdout.write(_("Locked: %(lock)s") % {"lock": lock})
                return
            standing = lock_in_force(found, asked, level=level)
            if standing is None:
                raise CommandError(_("This month is not locked there."))
            lock = unlock_period(lock=standing, by=None, reason=unlock)
            self.stdout.write(_("Unlocked: %(lock)s") % {"lock": lock})
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except ValueError as error:
            raise CommandError(str(error)) from error
