"""Load the official units of the province; running it again changes nothing."""

import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from core.province import province
from schools.areas.selectors.tree import count_units
from schools.areas.services.units import Loaded, load_units


class Command(BaseCommand):
    help = "Load provinces, districts and communes with their successions and designations."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--clusters",
            action="store_true",
            help="also group the communes of 2025 after the former districts",
        )
        parser.add_argument(
            "--until",
            type=datetime.date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="load only what was in force by this day",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = load_units(until=options["until"], clusters=options["clusters"])
        if options["verbosity"] > 0:
            self._report(loaded, options["until"])

    def _report(self, loaded: Loaded, until: datetime.date | None) -> None:
        for label, tally in [
            (_("Units"), loaded.areas),
            (_("Successions"), loaded.successions),
            (_("Designations"), loaded.designations),
            (_("Clusters and their communes"), loaded.clusters),
        ]:
            self.stdout.write(
                _("%(label)s: %(created)d new, %(changed)d changed, %(unchanged)d unchanged")
                % {
                    "label": label,
                    "created": tally.created,
                    "changed": tally.changed,
                    "unchanged": tally.unchanged,
                }
            )
        self._report_placements(loaded)
        for day in _state_days(until):
            count = count_units(on=day)
            self.stdout.write(
                _("%(day)s: %(districts)d districts, %(clusters)d clusters, %(communes)d communes")
                % {
                    "day": day.strftime("%d/%m/%Y"),
                    "districts": count.districts,
                    "clusters": count.clusters,
                    "communes": count.communes,
                }
            )

    def _report_placements(self, loaded: Loaded) -> None:
        if loaded.moved_school_ids:
            self.stdout.write(
                _("Schools that now lie in a succeeding commune: %(count)d")
                % {"count": len(set(loaded.moved_school_ids))}
            )
        if loaded.unplaced_school_ids:
            self.stderr.write(
                _("Schools of divided communes, to be placed by hand: %(ids)s")
                % {"ids": ", ".join(map(str, loaded.unplaced_school_ids))}
            )


def _state_days(until: datetime.date | None) -> list[datetime.date]:
    return [day for day in province().map_days if until is None or day <= until]
