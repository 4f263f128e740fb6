"""Enter the schools of a province from an Excel file: all of them, or none."""

import datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from core.workbooks import WorkbookRefused
from schools.directory.selectors.years import year_for
from schools.school_import.refusals import Refused, in_words
from schools.school_import.services.change_set import ChangeSet, compare
from schools.school_import.services.lists import write
from schools.school_import.workbook import read_schools


class Command(BaseCommand):
    help = "Open and change schools by an Excel file (ministry code, name, levels, commune code)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would change and write nothing"
        )
        parser.add_argument(
            "--from",
            dest="starts_on",
            type=datetime.date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="first day of the new schools; without it the first day of the school year",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        on = options["starts_on"] or self._first_day()
        changes = self._read(options["file"], on)
        for outcome in changes.refused:
            for wrong in outcome.wrong:
                self.stderr.write(
                    f"{outcome.row.sheet} {wrong['place']} ({wrong['header']}: {wrong['value']}): "
                    f"{wrong['problem']} {wrong['remedy']}"
                )
        self.stdout.write(
            _("%(new)d new, %(changed)d changed, %(unchanged)d unchanged, %(wrong)d to mend")
            % {
                "new": len(changes.new),
                "changed": len(changes.changed),
                "unchanged": len(changes.unchanged),
                "wrong": len(changes.refused),
            }
        )
        if changes.refused:
            raise CommandError(_("Nothing was saved. Mend the rows above and try again."))
        if options["dry_run"]:
            self.stdout.write(_("Nothing was saved: this was a trial."))
            return
        try:
            write(changes, on=on, by=None)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(_("Saved."))

    def _first_day(self) -> datetime.date:
        today = timezone.localdate()
        year = year_for(today)
        return year.valid_from if year else today

    def _read(self, path: Path, on: datetime.date) -> ChangeSet:
        try:
            rows = read_schools(str(path), name=path.name)
        except FileNotFoundError as error:
            raise CommandError(_("There is no file %(path)s.") % {"path": path}) from error
        except WorkbookRefused as error:
            raise CommandError(str(error)) from error
        except Refused as error:
            raise CommandError(
                " ".join(in_words(str(error.code), dict(error.params or {})))
            ) from error
        return compare(rows, on=on, areas=None)
