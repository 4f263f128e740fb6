"""Raise the flags by hand."""

from django.core.management.base import BaseCommand, CommandError

from schools.months import Month

from ...services import flags


class Command(BaseCommand):
    help = "Judge every commune and education level of a month and raise its flags anew."

    def add_arguments(self, parser):
        parser.add_argument("--month", help="as 2026-10; default: the running month")

    def handle(self, *args, month, **options):
        try:
            chosen = Month.parse(month) if month else Month.current()
        except ValueError as error:
            raise CommandError(str(error)) from error
        counts = flags.raise_flags(month=chosen)
        self.stdout.write(", ".join(f"{name}: {count}" for name, count in counts.items()))
