"""The few words in which PostgreSQL and SQLite differ, for statements that stand in both."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from .months import Month

WHOLE, TEXT, DATE = "whole", "text", "date"


@dataclass(frozen=True)
class Dialect:
    """How one database says it.

    Attributes:
        items: the elements of the JSON list `%(rows)s`, each a list, as rows of one `value`.
        casts: kind of a column -> its element number {0} with a type.
        day: day of the month of a date column, as a whole number.
        local_date: date of a moment in the time zone of the installation.
    """

    items: str
    casts: dict[str, str]
    day: str
    local_date: str

    def rows(self, kinds: Iterable[str]) -> str:
        """SELECT of the rows of `%(rows)s`, whose columns are of `kinds`."""
        columns = ", ".join(self.casts[kind].format(place) for place, kind in enumerate(kinds))
        return f"SELECT {columns} FROM {self.items}"


POSTGRESQL = Dialect(
    items="jsonb_array_elements(%(rows)s::jsonb)",
    casts={WHOLE: "(value->>{0})::bigint", TEXT: "value->>{0}", DATE: "(value->>{0})::date"},
    day="EXTRACT(DAY FROM {0})::int",
    local_date="({0} AT TIME ZONE %(zone)s)::date",
)
SQLITE = Dialect(
    items="json_each(%(rows)s)",
    # Without a type a whole number would match no index, and joins would read everything.
    casts={WHOLE: "CAST(value->>{0} AS INTEGER)", TEXT: "value->>{0}", DATE: "value->>{0}"},
    day="CAST(substr({0}, 9, 2) AS INTEGER)",
    # SQLite knows no time zones; the offset of the month's first day stands for all of it.
    local_date="date({0}, %(offset)s)",
)
BY_VENDOR = {"postgresql": POSTGRESQL, "sqlite": SQLITE}


def dialect_of(connection: BaseDatabaseWrapper) -> Dialect:
    """The `Dialect` of a Django connection."""
    return BY_VENDOR[connection.vendor]


def zone_values(month: Month) -> dict[str, str]:
    """Parameters for `local_date` in a month."""
    zone = timezone.get_default_timezone()
    offset = zone.utcoffset(datetime.datetime.combine(month.first, datetime.time()))
    seconds = 0 if offset is None else offset.total_seconds()
    return {"zone": str(zone), "offset": f"{seconds:+.0f} seconds"}
