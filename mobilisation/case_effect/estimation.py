"""What a case did to a child's attendance, estimated against similar children without one.

A case is opened because a child was away much just then, and part of that is chance that passes by
itself (regression to the mean): "before 60 %, after 85 %" is mostly that. Hence:

- A child is compared with children of the same level and grades without a case, over the same
  days, who were away as much *before*, in the whole window and in its last days, which are what a
  case is opened by. What came after is looked at only when they are chosen.
- Attendance after is foretold by the least-squares line of the most alike of them, at the child's
  own two rates: what is left of a difference in the rates before is taken out too (A. Abadie,
  G. Imbens, *Journal of Business and Economic Statistics* 29, 2011, pp. 1-11). The line's weights
  make the similar children's rate before exactly the child's, so what was seen less what was
  foretold is the difference in differences.
- Children of one school err together (weather, a festival, a teacher), and so do cases compared
  with the same children. The interval of a mean leaves out one school after the other, with its
  cases and the children compared with (jackknife over clusters: A. C. Cameron, D. L. Miller,
  *Journal of Human Resources* 50, 2015, pp. 317-372), and takes Student's t with the number of
  schools that have cases, less one.

Pure arithmetic, no Django. How often it errs is measured in `simulation`; see docs/case-effect.md.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from math import inf, sqrt
from operator import itemgetter
from statistics import fmean

from core.estimates import (
    Verdict,
    fitted,
    inverse_of,
    normal_matrix,
    student_quantile,
    verdict_of,
)

# The line has an intercept and a slope for either rate before.
_PARAMETERS = 3
# A rate of few days jumps more than one of many: it counts for less in a distance.
_OF_LAST_DAYS = 0.5
# Two rates that are equal may differ by so much in floats.
_TINY = 1e-9
_FIRST = itemgetter(0)


class FewAlike(Exception):
    """There are too few similar children to foresee anything."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Absences of sessions that counted, in one stretch of days."""

    absent: int
    sessions: int

    @property
    def attended(self) -> float:
        """The attendance rate, 0..1. Raises ZeroDivisionError without sessions."""
        return 1 - self.absent / self.sessions


@dataclass(frozen=True, slots=True)
class Course:
    """A child around a day: all days before, the last of them, and the days after.

    Attributes:
        group: children are compared within it: level and grades.
        school: the school on that day.
    """

    pupil: int
    school: int
    group: str
    before: Counts
    recent: Counts
    after: Counts

    def is_enough(self, least: int) -> bool:
        """Whether there are `least` sessions on either side, and any in the last days before."""
        return min(self.before.sessions, self.after.sessions) >= least and self.recent.sessions > 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came after one case, as attendance rates 0..1.

    Attributes:
        foreseen: attendance after, by the similar children.
        similar: how many children the line rests on.
        shared: school -> by how much `foreseen` would be less without the school's children.
    """

    school: int
    before: float
    after: float
    foreseen: float
    similar: int
    shared: Mapping[int, float]

    @property
    def effect(self) -> float:
        """What was seen less what was foreseen."""
        return self.after - self.foreseen


@dataclass(frozen=True)
class Mean:
    """The mean over cases, each counting once; `low` and `high` are the interval of 95 percent."""

    cases: int
    schools: int
    before: float
    after: float
    foreseen: float
    low: float = -inf
    high: float = inf

    @property
    def effect(self) -> float:
        """The difference in differences."""
        return self.after - self.foreseen

    @property
    def has_interval(self) -> bool:
        """Whether it stands on enough cases and schools to say how sure it is."""
        return self.high < inf

    @property
    def verdict(self) -> Verdict:
        """What may be said of it."""
        return verdict_of(self.low, self.high) if self.has_interval else Verdict.NOT_ENOUGH


class Others:
    """Children without a case around one day, to compare cases of that day with."""

    def __init__(self, courses: Iterable[Course], *, least_sessions: int) -> None:
        # group -> [(attendance before, attendance of the last days, child)], by the first.
        self._by_group: defaultdict[str, list[tuple[float, float, Course]]] = defaultdict(list)
        for each in courses:
            if each.is_enough(least_sessions):
                rates = each.before.attended, each.recent.attended
                self._by_group[each.group].append((*rates, each))
        for group in self._by_group.values():
            group.sort(key=_FIRST)

    def compare(self, child: Course, *, most: int, least: int, farthest: float) -> Comparison:
        """What came after a case.

        Args:
            most: children the line is drawn through; all who are as alike as the last of them.
            least: with fewer nothing is said.
            farthest: by how much (0..1) the rates before may differ, those of the last days by
                twice as much.

        Raises FewAlike.
        """
        group = self._by_group.get(child.group, [])
        own, last = child.before.attended, child.recent.attended
        start = bisect_left(group, own - farthest - _TINY, key=_FIRST)
        end = bisect_right(group, own + farthest + _TINY, key=_FIRST)
        near = []
        for whole, recent, each in group[start:end]:
            off, off_last = whole - own, recent - last
            if abs(off_last) <= 2 * farthest + _TINY:
                off_last *= _OF_LAST_DAYS
                near.append((off * off + off_last * off_last, each))
        if len(near) < max(least, 2 * _PARAMETERS):
            raise FewAlike
        # All who are equally alike: by which number a child is stored must not choose.
        limit = nsmallest(most, (distance for distance, _each in near))[-1] + _TINY
        return _foretold(child, [each for distance, each in near if distance <= limit])


def mean_of(comparisons: Sequence[Comparison], *, least_cases: int, least_schools: int) -> Mean:
    """The mean of some cases; without an interval where they or their schools are too few.

    Raises ValueError without any.
    """
    if not comparisons:
        raise ValueError("no case can be judged")
    count = len(comparisons)
    schools = {each.school for each in comparisons}
    mean = Mean(
        cases=count,
        schools=len(schools),
        before=fmean(each.before for each in comparisons),
        after=fmean(each.after for each in comparisons),
        foreseen=fmean(each.foreseen for each in comparisons),
    )
    if count < least_cases or len(schools) < max(least_schools, 2):
        return mean
    off = student_quantile(0.975, len(schools) - 1) * _error(comparisons)
    return Mean(
        cases=count,
        schools=len(schools),
        before=mean.before,
        after=mean.after,
        foreseen=mean.foreseen,
        low=mean.effect - off,
        high=mean.effect + off,
    )


def _error(comparisons: Sequence[Comparison]) -> float:
    """Standard error of the mean effect, one school left out after the other."""
    count, total = len(comparisons), sum(each.effect for each in comparisons)
    cases: defaultdict[int, int] = defaultdict(int)
    moved: defaultdict[int, float] = defaultdict(float)
    for each in comparisons:
        cases[each.school] += 1
        moved[each.school] -= each.effect
        for school, part in each.shared.items():
            moved[school] += part
    mean = total / count
    left_out = [
        (total + part) / (count - cases.get(school, 0)) - mean
        for school, part in moved.items()
        if cases.get(school, 0) < count
    ]
    return sqrt((len(left_out) - 1) / len(left_out) * sum(each * each for each in left_out))


def _foretold(child: Course, similar: Sequence[Course]) -> Comparison:
    own, last = child.before.attended, child.recent.attended
    rows = [[1.0, each.before.attended - own, each.recent.attended - last] for each in similar]
    seen = [each.after.attended for each in similar]
    inverse = inverse_of(normal_matrix(rows))
    line = fitted(rows, seen, inverse)
    shared: defaultdict[int, float] = defaultdict(float)
    for each, row, value in zip(similar, rows, seen, strict=True):
        # The child's own two rates are the origin: the weight is the first row of the inverse.
        weight, leverage = _dot(inverse[0], row), _dot(row, [_dot(i, row) for i in inverse])
        shared[each.school] += weight * (value - _dot(line, row)) / max(1 - leverage, 0.1)
    return Comparison(
        school=child.school,
        before=own,
        after=child.after.attended,
        foreseen=min(1.0, max(0.0, round(line[0], 6))),
        similar=len(similar),
        shared=dict(shared),
    )


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))
