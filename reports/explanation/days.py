"""On which days pupils were away: a month's registers by weekday, by week and day by day.

Sums of the registers that the figure counts (`selectors.Lesson`), so every table adds up to it. No
queries here.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.utils.dates import WEEKDAYS

from core.formatting import hundredths

from .. import wording
from ..dashboard_presenter import HeatCell, HeatRow
from ..rates import proportion
from .selectors import Lesson

Sums = tuple[int, int]  # present, expected
Key = TypeVar("Key")


@dataclass(frozen=True)
class DaysLine:
    """Some days of the month together: pupil-sessions attended, expected, missed."""

    name: str
    present: int
    expected: int

    @property
    def absent(self) -> int:
        return self.expected - self.present

    @property
    def value(self) -> float | None:
        """The attendance rate, 0..1."""
        return proportion(self.present, self.expected, counts_pupils=False).value


@dataclass(frozen=True)
class DayHeat:
    """Places by days; not shown without rows."""

    days: Sequence[datetime.date] = ()
    rows: Sequence[HeatRow] = ()
    key: Sequence[wording.HeatKey] = ()


def by_weekday(lessons: Iterable[Lesson]) -> list[DaysLine]:
    """The weekdays on which registers count, from Monday on."""
    found = _grouped(lessons, lambda lesson: lesson.date.weekday())
    return [_line(str(WEEKDAYS[day]), found[day]) for day in sorted(found)]


def by_session(lessons: Iterable[Lesson]) -> list[DaysLine]:
    """Mornings and afternoons; [] where there is one of them alone."""
    found = _grouped(lessons, lambda lesson: lesson.session)
    if len(found) < 2:
        return []
    return [_line(found[code][0].session_name, found[code]) for code in sorted(found)]


def by_week(lessons: Iterable[Lesson]) -> list[DaysLine]:
    """The weeks of the month, each named by its first and last day with a register."""
    found = _grouped(lessons, lambda lesson: lesson.date.isocalendar()[:2])
    lines = []
    for week in sorted(found):
        dates = [lesson.date for lesson in found[week]]
        first, last = min(dates), max(dates)
        name = f"{first:%d}–{last:%d/%m}" if first < last else f"{first:%d/%m}"
        lines.append(_line(name, found[week]))
    return lines


def day_heat(
    lessons: Iterable[Lesson],
    *,
    places: Sequence[tuple[int, str, str]],
    place_of: Callable[[Lesson], int],
    whole: float | None,
) -> DayHeat:
    """Attendance of each place on each day; the colour says how far from the whole month's.

    Args:
        places: (key, name, address) in the order of the rows, of which those without a register
            are left out.
        place_of: function register -> key of its place.
        whole: attendance rate of all places in the month, 0..1.
    """
    cells: defaultdict[tuple[int, datetime.date], Sums] = defaultdict(lambda: (0, 0))
    for lesson in lessons:
        key = place_of(lesson), lesson.date
        present, expected = cells[key]
        cells[key] = present + lesson.present, expected + lesson.expected
    days = sorted({day for _key, day in cells})
    met = {key for key, _day in cells}
    rows = [
        HeatRow(name, url, [_cell(cells.get((key, day), (0, 0)), whole) for day in days])
        for key, name, url in places
        if key in met
    ]
    return DayHeat(days, rows, wording.heat_key(whole)) if rows else DayHeat()


def _grouped(lessons: Iterable[Lesson], key: Callable[[Lesson], Key]) -> Mapping[Key, list[Lesson]]:
    found: defaultdict[Key, list[Lesson]] = defaultdict(list)
    for lesson in lessons:
        found[key(lesson)].append(lesson)
    return found


def _line(name: str, lessons: Sequence[Lesson]) -> DaysLine:
    return DaysLine(
        name,
        sum(lesson.present for lesson in lessons),
        sum(lesson.expected for lesson in lessons),
    )


def _cell(sums: Sums, whole: float | None) -> HeatCell:
    present, expected = sums
    if not expected:
        return HeatCell("h-none", "")
    share = present / expected
    return HeatCell(wording.heat_class(share, whole), hundredths(share, 0))
