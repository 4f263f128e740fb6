"""Compare the month facts with the books."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from ...services.verify import Verification, verify
from . import _months


class Command(BaseCommand):
    help = (
        "Recount month facts from registers, absences and spells by a separate slow path; "
        "list every difference and end with 1 when there is any."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        _months.add_arguments(parser)
        parser.add_argument("--sample", type=int, help="check only so many schools, at random")

    def handle(
        self,
        *args: object,
        month: str | None,
        area: str | None,
        sample: int | None,
        **options: object,
    ) -> None:
        total = Verification()
        for each, school_ids in _months.chosen(month, area):
            found = verify(month=each, school_ids=school_ids, sample=sample)
            for line in (*found.differences, *found.drift):
                self.stdout.write(str(line))
            total += found
        self.stdout.write(
            _(
                "%(class_months)s class-months: %(wrong)s wrong, %(waiting)s waiting for a "
                "recount, %(drift)s registers with another roll"
            )
            % {
                "class_months": total.class_months,
                "wrong": len(total.differences),
                "waiting": total.waiting,
                "drift": len(total.drift),
            }
        )
        if total.differences:
            raise CommandError(_("The stored figures differ from the books."), returncode=1)
