"""Raise the flags by hand."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from core.months import Month

from ...models import Flag
from ...services import flags


class Command(BaseCommand):
    help = "Judge every commune and education level of a month and raise its flags anew."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--month", help="as 2026-10; default: the running month")

    def handle(self, *args: object, month: str | None, **options: object) -> None:
        try:
            chosen = Month.parse(month) if month else Month.current()
        except ValueError as error:
            raise CommandError(str(error)) from error
        counts = flags.raise_flags(month=chosen)
        met = sum(counts[rule] for rule in Flag.Rule.values)
        self.stdout.write(
            _("%(month)s: %(met)s flags; %(raised)s new, %(updated)s changed, %(withdrawn)s gone")
            % {"month": chosen, "met": met, **counts}
        )
