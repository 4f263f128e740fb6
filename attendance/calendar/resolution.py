"""Whether a session is due: pure resolution of frames, weekly patterns and exceptions.

The nearest place wins: site, school, commune, district or cluster, province, everywhere. At one
place a row for the class's level beats one for every level, then the newest row wins. An
exception of any place beats the weekly pattern of every place. Outside the frame of the school
year and for a session the class does not study nothing is due, whatever else is said.
"""

import datetime
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from schools.enums import Session
from schools.models import SchoolYear

from ..models import CalendarRule, Closure, YearFrame
from ..models.calendar import ByPlace

# ("site", id), ("school", id), ("area", id), or None for everywhere.
PlaceKey: TypeAlias = tuple[str, int] | None
CalendarRow: TypeAlias = YearFrame | CalendarRule | Closure
Row = TypeVar("Row", bound=ByPlace)


@dataclass(frozen=True)
class Where:
    """The places a class belongs to on one day, nearest first, as keys."""

    keys: tuple[PlaceKey, ...]
    level: str

    def nearness(self, row: ByPlace) -> tuple[int, int, int]:
        """Sort key of a row that applies here: the smallest is decisive.

        A row that is not saved is newer than all that are.
        """
        return (self.keys.index(key_of(row)), 0 if row.level else 1, -(row.pk or sys.maxsize))


def key_of(row: ByPlace) -> PlaceKey:
    """The place of a frame, rule or closure, as a key."""
    if row.site_id:
        return ("site", row.site_id)
    if row.school_id:
        return ("school", row.school_id)
    if row.area_id:
        return ("area", row.area_id)
    return None


class Calendar:
    """Frames, rules and closures of a period, indexed by place."""

    def __init__(
        self,
        frames: Sequence[YearFrame],
        rules: Sequence[CalendarRule],
        closures: Sequence[Closure],
    ) -> None:
        self._all = frames, rules, closures
        self._frames = _by_place(frames)
        self._rules = _by_place(rules)
        self._closures = _by_place(closures)
        self._told = {*self._frames, *self._rules, *self._closures}
        self._days: dict[tuple[tuple[PlaceKey, ...], str, datetime.date], frozenset[Session]] = {}
        self._bounds: dict[
            tuple[tuple[PlaceKey, ...], str, int], tuple[datetime.date, datetime.date]
        ] = {}

    def during(self, start: datetime.date, end: datetime.date) -> "Calendar":
        """The same for the days [start, end) alone, in which fewer places tell something."""
        frames, rules, closures = self._all
        return Calendar(
            frames,
            [row for row in rules if row.meets(start, end)],
            [row for row in closures if row.meets(start, end)],
        )

    def _decisive(
        self, index: Mapping[PlaceKey, Sequence[Row]], where: Where, applies: Callable[[Row], bool]
    ) -> Row | None:
        rows = [
            row
            for key in where.keys
            for row in index.get(key, ())
            if row.level in ("", where.level) and applies(row)
        ]
        return min(rows, key=where.nearness, default=None)

    def exception(self, where: Where, date: datetime.date, session: str) -> Closure | None:
        """The closure or make-up day that decides this session, or None."""
        return self._decisive(
            self._closures,
            where,
            lambda row: row.is_valid_on(date) and row.session in ("", session),
        )

    def pattern(self, where: Where, date: datetime.date) -> CalendarRule | None:
        """The weekly pattern that decides this day, or None."""
        return self._decisive(self._rules, where, lambda row: row.is_valid_on(date))

    def is_held(self, where: Where, date: datetime.date, session: str) -> bool:
        """Whether school is held there in this session."""
        exception = self.exception(where, date, session)
        if exception is not None:
            return exception.is_held
        pattern = self.pattern(where, date)
        return pattern is not None and pattern.holds(date.weekday(), session)

    def frame(self, where: Where, year_id: int) -> YearFrame | None:
        """The frame that decides a school year there, or None: the year's own dates."""
        return self._decisive(self._frames, where, lambda row: row.year_id == year_id)

    def bounds(self, where: Where, year: SchoolYear) -> tuple[datetime.date, datetime.date]:
        """The days [first, last) of a school year on which classes are held there."""
        told = (self.telling(where), where.level, year.pk)
        if told not in self._bounds:
            frame = self.frame(where, year.pk)
            first, last = year.valid_from, year.valid_to
            if frame is not None:
                first, last = max(first, frame.valid_from), min(last, frame.valid_to)
            self._bounds[told] = first, last
        return self._bounds[told]

    def telling(self, where: Where) -> tuple[PlaceKey, ...]:
        """Those of the places that have rows of their own.

        Most have none: places that share the telling ones share every answer.
        """
        return tuple(key for key in where.keys if key in self._told)

    def sessions(self, where: Where, date: datetime.date) -> frozenset[Session]:
        """The sessions held there on a day."""
        day = (self.telling(where), where.level, date)
        if day not in self._days:
            self._days[day] = frozenset(s for s in Session if self.is_held(where, date, s))
        return self._days[day]


def _by_place(rows: Iterable[Row]) -> dict[PlaceKey, list[Row]]:
    index: dict[PlaceKey, list[Row]] = {}
    for row in rows:
        index.setdefault(key_of(row), []).append(row)
    return index
