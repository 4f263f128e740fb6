"""Load the outlines of the communes, from which the map of the province is drawn."""

import datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from schools.areas import boundary_files
from schools.areas.services.boundaries import load_boundaries


class Command(BaseCommand):
    help = "Load the boundaries of the communes from GeoJSON; loading again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="GeoJSON of the communes")
        parser.add_argument("--source", default="", help="whose map it is, shown under it")
        parser.add_argument(
            "--on",
            type=datetime.date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="units of this day; today",
        )
        parser.add_argument("--dry-run", action="store_true", help="write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["file"]
        try:
            with path.open("rb") as file:
                data = file.read(boundary_files.MOST_BYTES + 1)
            loaded = load_boundaries(
                data,
                on=options["on"] or timezone.localdate(),
                source=options["source"] or path.name,
                dry_run=options["dry_run"],
            )
        except OSError as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        tally = loaded.tally
        self.stdout.write(
            _("%(label)s: %(created)d new, %(changed)d changed, %(unchanged)d unchanged")
            % {
                "label": _("Boundaries"),
                "created": tally.created,
                "changed": tally.changed,
                "unchanged": tally.unchanged,
            }
        )
        if loaded.without:
            self.stdout.write(
                _("Communes without a boundary: %(names)s")
                % {"names": ", ".join(area.title for area in loaded.without)}
            )
