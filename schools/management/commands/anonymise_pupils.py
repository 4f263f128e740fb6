"""Make the records anonymous of pupils who left longer ago than the dated rule keeps them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from schools.personal_data.services.anonymising import anonymise_due, last_day_kept


class Command(BaseCommand):
    help = "Make records of pupils anonymous whose time is over; --dry-run only counts them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="change nothing, say what is due"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        day = last_day_kept(timezone.localdate())
        run = anonymise_due(dry_run=options["dry_run"])
        self.stdout.write(
            _("Left until %(day)s: %(due)d due, %(done)d made anonymous, %(held)d kept on purpose.")
            % {"day": f"{day:%d/%m/%Y}", "due": len(run.due), "done": run.done, "held": run.held}
        )
        if options["dry_run"]:
            for pk in run.due:
                self.stdout.write(f"  {pk}")
