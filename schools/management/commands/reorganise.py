"""Apply a decree that changes the map of units, look at it first, or take it back."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from schools.reorganisations import decree_files, services, templates
from schools.reorganisations.followers import by_code, words


class Command(BaseCommand):
    help = "Apply a decree about units (Excel or CSV: old code, new code, …), or take it back."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("file", type=Path, nargs="?", metavar="FILE", help="the decree")
        what.add_argument("--undo", metavar="NUMBER", help="take this decree back")
        what.add_argument("--template", type=Path, metavar="XLSX", help="write an empty table")
        parser.add_argument("--dry-run", action="store_true", help="look only, write nothing")
        for code in by_code():
            parser.add_argument(
                f"--carry-{code}",
                action="append_const",
                dest="carry",
                const=code,
                help=f"{code} go along with every unit that goes into one other",
            )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["template"]:
                options["template"].write_bytes(templates.empty_table())
                self.stdout.write(str(options["template"]))
            elif options["undo"]:
                self._undo(options["undo"], dry_run=options["dry_run"])
            else:
                self._apply(options["file"], options["carry"] or [], options["dry_run"])
        except OSError as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError("\n".join([*error.messages, _("Nothing was saved.")])) from error

    def _apply(self, path: Path, carry: list[str], dry_run: bool) -> None:
        with path.open("rb") as file:
            data = file.read(decree_files.MOST_BYTES + 1)
        decree = decree_files.read_decree(data, name=path.name, carriers=words())
        sentences = services.tell(services.look_at(decree, by=None, carry=carry))
        for sentence in sentences:
            self.stdout.write(sentence)
        if dry_run:
            self.stdout.write(_("Nothing was saved: this was a trial."))
            return
        services.reorganise(decree=decree, by=None, carry=carry, seen=services.seen_of(sentences))
        self.stdout.write(
            _("Saved. To take it back: manage.py reorganise --undo “%(number)s”.")
            % {"number": decree.number}
        )

    def _undo(self, number: str, *, dry_run: bool) -> None:
        found = services.take_back(number=number, by=None, dry_run=dry_run)
        self.stdout.write(str(found))
        self.stdout.write(
            _("Nothing was saved: this was a trial.") if dry_run else _("Taken back.")
        )
