"""What the facts say of communes around their visits: months before and after, as counts.

Loaded once for many visits; nothing is asked of the database afterwards.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from django.utils.translation import gettext_lazy as _

from core.estimates import Verdict, verdict_of
from core.months import Month
from core.types import StrOrPromise
from reports.selectors.figures import Figures, figures

from ..models import Visit
from .estimation import Comparison, Course, Incomparable, Share, compare
from .limits import Limits

# Between the months of one school year and those of the next lie three without lessons.
SUMMER = 3
# About as many sessions of one pupil say as much as one that is independent of the others.
ALIKE = 8


class Measure(StrEnum):
    """What may have changed."""

    ATTENDANCE = "attendance"
    KEPT = "kept"

    @property
    def label(self) -> StrOrPromise:
        """The measure as a column says it."""
        return _LABELS[self]


_LABELS: dict[Measure, StrOrPromise] = {
    Measure.ATTENDANCE: _("Attendance"),
    Measure.KEPT: _("Stayed at school (a month)"),
}


class WhyNot(StrEnum):
    """Why nothing is said."""

    TOO_EARLY = "too_early"
    FEW_MONTHS = "few_months"
    FEW_ALIKE = "few_alike"
    FAR_OFF = "far_off"


@dataclass(frozen=True)
class Found:
    """What followed a visit at one level ("" for all together), by one measure."""

    level: str
    measure: Measure
    before: Sequence[Month] = ()
    after: Sequence[Month] = ()
    comparison: Comparison | None = None
    why_not: WhyNot | None = None

    @property
    def verdict(self) -> Verdict:
        """What may be said: only what the whole interval says."""
        if self.comparison is None:
            return Verdict.NOT_ENOUGH
        return verdict_of(self.comparison.low, self.comparison.high)


def attended(of: Figures) -> Share:
    """Attendance of a month."""
    return Share(of.present, of.expected, of.expected / ALIKE)


def kept(of: Figures) -> Share:
    """Of the pupils who were on the roll in a month, those who did not drop out in it."""
    there = of.roll_start + of.came_start + of.came_in + of.came_new + of.came_return
    return Share(max(0, there - of.left_dropout), there, there)


_SHARES: dict[Measure, Callable[[Figures], Share]] = {
    Measure.ATTENDANCE: attended,
    Measure.KEPT: kept,
}


class Courses:
    """All communes over the months around some visits."""

    def __init__(
        self,
        visits: Iterable[Visit],
        *,
        limits: Limits,
        map_date: datetime.date,
        today: datetime.date,
    ) -> None:
        """Load what is needed; at most 8 queries, one without a visit that was made.

        Args:
            map_date: the map the communes stand on; one that is not on it is not told of.
        """
        made = [Month.of(each.visited_on) for each in visits if each.visited_on is not None]
        self.limits, self.today = limits, today
        self._cells: dict[tuple[int, str], dict[Month, Figures]] = {}
        self._others: dict[tuple[str, Measure, tuple[Month, ...], int], list[Course]] = {}
        self._visited: dict[int, set[Month]] = {}
        self._span: list[Month] = []
        if made:
            first = min(made).plus(-limits.before - SUMMER)
            last = min(max(made).plus(limits.after + SUMMER), Month.of(today).plus(-1))
            self._span = last.since(first)
            self._cells = _cells(self._span, map_date)
            self._visited = _visited(first, max(last, max(made)))

    def levels_of(self, commune_id: int) -> list[str]:
        """Levels that have lessons in a commune, "" first, which is all together."""
        return sorted(level for commune, level in self._cells if commune == commune_id)

    def found(self, visit: Visit, level: str, measure: Measure = Measure.ATTENDANCE) -> Found:
        """What followed a visit that was made.

        Raises ValueError for one that was not.
        """
        if visit.visited_on is None:
            raise ValueError("nothing follows a visit that was not made")
        month, limits = Month.of(visit.visited_on), self.limits
        known = self._known(visit.commune_id, level)
        before = [each for each in known if month.plus(-limits.before - SUMMER) <= each < month]
        after = [each for each in known if month < each <= month.plus(limits.after + SUMMER)]
        before, after = before[-limits.before :], after[: limits.after]
        if len(after) < limits.least_months and month.plus(limits.after).end > self.today:
            return Found(level, measure, before, after, why_not=WhyNot.TOO_EARLY)
        if min(len(before), len(after)) < limits.least_months:
            return Found(level, measure, before, after, why_not=WhyNot.FEW_MONTHS)
        others = self._unvisited(level, measure, before, after)
        try:
            comparison = compare(
                self._course(visit.commune_id, level, measure, before, after),
                (each for each in others if each.unit != visit.commune_id),
                most=limits.most_alike,
                least=limits.least_alike,
            )
        except Incomparable as refused:
            reason = WhyNot.FAR_OFF if refused.is_far_off else WhyNot.FEW_ALIKE
            return Found(level, measure, before, after, why_not=reason)
        return Found(level, measure, before, after, comparison)

    def _known(self, commune_id: int, level: str) -> list[Month]:
        """Months of which enough is known, oldest first."""
        cells = self._cells.get((commune_id, level), {})
        return [month for month in self._span if month in cells and self._is_known(cells[month])]

    def _is_known(self, of: Figures) -> bool:
        return (
            of.expected > 0
            and of.pupils >= self.limits.least_pupils
            and of.taken * 100 >= of.due * self.limits.least_coverage
        )

    def _unvisited(
        self, level: str, measure: Measure, before: Sequence[Month], after: Sequence[Month]
    ) -> list[Course]:
        key = (level, measure, (*before, *after), len(before))
        if key not in self._others:
            needed = {*before, *after}
            window = set(after[-1].since(before[0]))
            self._others[key] = [
                self._course(commune_id, level, measure, before, after)
                for commune_id, each in self._cells
                if each == level
                and not self._visited.get(commune_id, set()) & window
                and needed <= self._known_set[commune_id, level]
            ]
        return self._others[key]

    @cached_property
    def _known_set(self) -> Mapping[tuple[int, str], frozenset[Month]]:
        return {key: frozenset(self._known(*key)) for key in self._cells}

    def _course(
        self,
        commune_id: int,
        level: str,
        measure: Measure,
        before: Sequence[Month],
        after: Sequence[Month],
    ) -> Course:
        cells, share = self._cells[commune_id, level], _SHARES[measure]
        together = share(cells[after[0]])
        for month in after[1:]:
            together = together + share(cells[month])
        return Course(
            unit=commune_id,
            before=[share(cells[month]) for month in before],
            after=together,
            pupils=cells[before[-1]].pupils,
        )


def _cells(
    span: Sequence[Month], map_date: datetime.date
) -> dict[tuple[int, str], dict[Month, Figures]]:
    """(commune, level or "") -> month -> figures."""
    cells: defaultdict[tuple[int, str], dict[Month, Figures]] = defaultdict(dict)
    found = figures(months=span, by=("commune", "level"), map_date=map_date)
    for ((commune_id, level), month), values in found.items():
        if commune_id is not None:
            cells[commune_id, level][month] = values
            whole = cells[commune_id, ""]
            whole[month] = whole.get(month, Figures()) + values
    return dict(cells)


def _visited(first: Month, last: Month) -> dict[int, set[Month]]:
    """Commune -> months in which somebody visited it, whoever planned the visit; one query."""
    visited: defaultdict[int, set[Month]] = defaultdict(set)
    rows = Visit.objects.filter(
        state=Visit.State.DONE, visited_on__gte=first.first, visited_on__lt=last.end
    ).values_list("commune_id", "visited_on")
    for commune_id, day in rows:
        if day is not None:
            visited[commune_id].add(Month.of(day))
    return dict(visited)
