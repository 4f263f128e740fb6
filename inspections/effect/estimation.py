"""What a visit did to a rate, estimated against similar communes that were not visited.

Difference in differences on the scale of log-odds, corrected for where a commune stood. The rate
of a commune after the visit is foretold from its months before it, by the least-squares line of
the communes that are most like it (level of the rate, trend, number of pupils) and had no visit.
What was seen less what was foretold is the effect.

Why this way:

- Communes are visited because they were low, and part of a low month is chance that would have
  passed anyway (regression to the mean). A line through *each* month before, also the one a commune
  was chosen by, foretells that rebound; a plain comparison of before and after would call it help.
- Months of a commune hang together, and no formula knows how much. Each commune is therefore one
  before and one after, the months after taken together (M. Bertrand, E. Duflo, S. Mullainathan,
  *Quarterly Journal of Economics* 119, 2004, pp. 249-275), and how far off the line is without any
  visit is measured on the unvisited communes themselves, each as if it had been visited (placebo).
- Odds, not shares: what moves 80 % by four points moves 97 % by less than one. The foretold share
  is the mean over the unvisited communes' deviations (N. Duan, *Journal of the American Statistical
  Association* 78, 1983, pp. 605-610).

Pure arithmetic, no Django. How often it errs is measured in `simulation`; see docs/effect.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import fmean, stdev

from core.estimates import fitted, inverse_of, normal_matrix, student_quantile

# Half a case is added to either side, so that a commune where nobody was absent has odds.
_HALF = 0.5
# Communes alike are looked for by the level of the rate first, then by its trend and their size.
_WEIGHTS = (1.0, 0.7, 0.7)
_TINY = 1e-9
# Communes that must be left over once the line is drawn, or nothing is known of its errors.
LEAST_FREEDOM = 8
# Standard deviations that a visited commune may lie beyond all others.
FAR_OFF = 2.0


@dataclass(frozen=True)
class Share:
    """A rate as counts: `reached` of `out_of`, seen in about `trials` independent trials.

    Sessions of one pupil hang together: `trials` is less than their number.
    """

    reached: int
    out_of: int
    trials: float

    @property
    def value(self) -> float:
        """The share, 0..1."""
        return self.reached / self.out_of

    @property
    def log_odds(self) -> float:
        """ln of the odds, finite also when all or nobody is counted."""
        hit = self.value * self.trials
        return log((hit + _HALF) / (self.trials - hit + _HALF))

    def __add__(self, other: object) -> Share:
        if not isinstance(other, Share):
            return NotImplemented
        return Share(
            self.reached + other.reached, self.out_of + other.out_of, self.trials + other.trials
        )


@dataclass(frozen=True)
class Course:
    """One commune: its rate in each month before, all months after together, and its pupils."""

    unit: int
    before: Sequence[Share]
    after: Share
    pupils: float


@dataclass(frozen=True)
class Comparison:
    """What a visit did to one commune's rate, as shares (times 100: points).

    Attributes:
        unit: the visited commune.
        before, after: its rate in the months before and after, 0..1.
        effect: after less what was foretold without a visit.
        low, high: the interval of 95 percent around it.
        similar: how many unvisited communes the foretelling rests on.
        own: the standard error that is the commune's own.
        shared: unvisited commune -> its part in the error of the line, which other visits that
            are compared with it share.
        freedom: degrees of freedom.
    """

    unit: int
    before: float
    after: float
    effect: float
    low: float
    high: float
    similar: int
    own: float
    shared: dict[int, float]
    freedom: int

    @property
    def expected(self) -> float:
        """The rate foretold without a visit, 0..1."""
        return min(1.0, max(0.0, self.after - self.effect))


@dataclass(frozen=True)
class Pooled:
    """The mean effect of several visits, each counting once, and its interval of `sure`."""

    effect: float
    low: float
    high: float
    visits: int


class Incomparable(Exception):
    """There are too few communes to compare with, or, with `is_far_off`, none that are like it."""

    def __init__(self, *, is_far_off: bool = False) -> None:
        super().__init__()
        self.is_far_off = is_far_off


def compare(visited: Course, others: Iterable[Course], *, most: int, least: int) -> Comparison:
    """The effect of a visit on one commune.

    Args:
        others: unvisited communes with the same months.
        most: how many of them, the most alike, the line is drawn through.
        least: with fewer of them nothing is said.

    Raises Incomparable: there are too few, or the visited commune lies so far from all of them
    that the line would have to be drawn far beyond them (`FAR_OFF`).
    """
    many = list(others)
    if len(many) < max(least, 2) or not visited.before:
        raise Incomparable
    chosen = _most_alike(visited, many, most)
    parameters = len(visited.before) + 1
    freedom = len(chosen) - parameters
    if freedom < LEAST_FREEDOM:
        raise Incomparable
    if _is_far_off(visited, many):
        raise Incomparable(is_far_off=True)
    start = [share.log_odds for share in visited.before]
    rows = [
        [1.0, *(share.log_odds - own for share, own in zip(each.before, start, strict=True))]
        for each in chosen
    ]
    changes = [each.after.log_odds - fmean(s.log_odds for s in each.before) for each in chosen]
    inverse = inverse_of(normal_matrix(rows))
    line = fitted(rows, changes, inverse)
    foretold = fmean(start) + line[0]
    errors: list[float] = []
    shared: dict[int, float] = {}
    for each, row, change in zip(chosen, rows, changes, strict=True):
        error = change - sum(x * y for x, y in zip(row, line, strict=True))
        leverage = sum(x * sum(map(_times, i, row)) for x, i in zip(row, inverse, strict=True))
        left = max(1 - leverage, 0.1)
        # As if this commune had been left out and foretold (HC3); see also `errors`.
        shared[each.unit] = sum(map(_times, inverse[0], row)) * error / left
        errors.append(error / sqrt(left))
    own = sqrt(fmean(error * error for error in errors))
    off = student_quantile(0.975, freedom) * sqrt(own * own + sum(x * x for x in shared.values()))
    expected = fmean(_share(foretold + error) for error in errors)
    slope = expected * (1 - expected)
    seen = _share(visited.after.log_odds)
    return Comparison(
        unit=visited.unit,
        before=_together(visited.before).value,
        after=visited.after.value,
        effect=seen - expected,
        low=seen - _share(foretold + off),
        high=seen - _share(foretold - off),
        similar=len(chosen),
        own=own * slope,
        shared={unit: -x * slope for unit, x in shared.items()},
        freedom=freedom,
    )


def pool(comparisons: Sequence[Comparison], *, sure: float = 0.95) -> Pooled | None:
    """The mean effect of several visits; None without any.

    Two visits compared with the same communes err together through the line; two visits of one
    commune (a second one, another level) are taken to err together entirely. `sure` is the
    coverage of the interval: who tells of several means asks more of each.
    """
    if not comparisons:
        return None
    count = len(comparisons)
    shared: defaultdict[int, float] = defaultdict(float)
    own: defaultdict[int, float] = defaultdict(float)
    for each in comparisons:
        own[each.unit] += each.own / count
        for unit, part in each.shared.items():
            shared[unit] += part / count
    error = sqrt(sum(x * x for x in own.values()) + sum(x * x for x in shared.values()))
    off = student_quantile((1 + sure) / 2, min(each.freedom for each in comparisons)) * error
    effect = fmean(each.effect for each in comparisons)
    return Pooled(effect, effect - off, effect + off, count)


def _most_alike(visited: Course, others: Sequence[Course], most: int) -> list[Course]:
    looks = [_look(each) for each in others]
    spreads = [stdev(values) or _TINY for values in zip(*looks, strict=True)]
    own = _look(visited)

    def distance(index: int) -> tuple[float, int]:
        parts = zip(looks[index], own, spreads, _WEIGHTS, strict=True)
        return sum(((a - b) / s * w) ** 2 for a, b, s, w in parts), others[index].unit

    return [others[index] for index in sorted(range(len(others)), key=distance)[:most]]


def _look(course: Course) -> tuple[float, float, float]:
    odds = [share.log_odds for share in course.before]
    return fmean(odds), odds[-1] - odds[0], log(course.pupils + 1)


def _is_far_off(visited: Course, others: Sequence[Course]) -> bool:
    levels = [_look(each)[0] for each in others]
    level, spread = _look(visited)[0], stdev(levels)
    return not min(levels) - FAR_OFF * spread <= level <= max(levels) + FAR_OFF * spread


def _together(shares: Sequence[Share]) -> Share:
    total = shares[0]
    for share in shares[1:]:
        total = total + share
    return total


def _times(a: float, b: float) -> float:
    return a * b


def _share(log_odds: float) -> float:
    return 1 / (1 + exp(-log_odds))
