"""The one place where a rate is made: pure arithmetic on whole numbers.

Attendance is a ratio over pupils taken as clusters, because one sick child misses many
sessions (Cochran, *Sampling Techniques*, 3rd ed. 1977, ch. 6 and 9A). With aᵢ absences and nᵢ
expected sessions of pupil i of k pupils:

    p = Σa / Σn        var(p) = k/(k−1) · Σ(aᵢ − p·nᵢ)² / (Σn)²

and Σ(aᵢ − p·nᵢ)² = Σa² − 2p·Σan + p²·Σn², so that the sums kept in the facts are enough and add
up at every level. The interval is Wilson's with the effective size n* = p(1−p)/var(p): it
never leaves 0..1 and stays sensible near 100 %. Where n* is undefined (one pupil, nobody or
everybody absent, all pupils absent alike) Wilson's interval on pupils stands in, never on
pupil-sessions.

Sums, n* and comparisons with a target are exact; floats appear only in what is shown.
"""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from enum import StrEnum
from fractions import Fraction
from math import sqrt
from typing import Protocol, Self

Z95 = 1.959963984540054
# Targets and rates are compared as fractions; a target has at most so many decimals.
_STEPS = 1_000_000


@dataclass(frozen=True, slots=True)
class Measures:
    """The whole numbers that an attendance rate needs; they add up over any groups of pupils.

    Attributes:
        expected: Σn, pupil-sessions expected in sessions whose register was taken.
        absent: Σa, of these absent, excused or not.
        pupils: k, pupils with at least one expected session.
        sum_aa, sum_an, sum_nn: Σa², Σan, Σn² over these pupils.

    A pupil counted in two cells (two classes of one month) is two clusters.
    """

    expected: int = 0
    absent: int = 0
    pupils: int = 0
    sum_aa: int = 0
    sum_an: int = 0
    sum_nn: int = 0

    @classmethod
    def of_pupils(cls, pupils: Iterable[tuple[int, int]]) -> Self:
        """The sums of single pupils given as (absences, expected sessions)."""
        met = [(a, n) for a, n in pupils if n]
        return cls(
            expected=sum(n for _a, n in met),
            absent=sum(a for a, _n in met),
            pupils=len(met),
            sum_aa=sum(a * a for a, _n in met),
            sum_an=sum(a * n for a, n in met),
            sum_nn=sum(n * n for _a, n in met),
        )

    def __add__(self, other: "Measures") -> "Measures":
        return Measures(*map(sum, zip(astuple(self), astuple(other), strict=True)))


class ClusterSums(Protocol):
    """Whatever has the attributes of `Measures`: the figures of the facts do."""

    @property
    def expected(self) -> int: ...
    @property
    def absent(self) -> int: ...
    @property
    def pupils(self) -> int: ...
    @property
    def sum_aa(self) -> int: ...
    @property
    def sum_an(self) -> int: ...
    @property
    def sum_nn(self) -> int: ...


class Method(StrEnum):
    """What an interval rests on."""

    CLUSTERS = "clusters"
    PUPILS = "pupils"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with what it was made of.

    `value`, `low` and `high` lie in 0..1 (a share of counts that do not nest may exceed 1);
    `value` is None when nothing stands below the line, `low` and `high` when no interval can
    be given. `pupils` is the number of pupils behind it, where pupils were counted.
    """

    numerator: int
    denominator: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    pupils: int | None = None
    method: Method = Method.NONE

    @property
    def known(self) -> float:
        """The value of a rate that has one: a judged rate does. Raises ValueError otherwise."""
        if self.value is None:
            raise ValueError(f"nothing stands below the line: {self}")
        return self.value


class Judgement(StrEnum):
    """What may be said about a rate in view of its target."""

    CERTAINLY_LOW = "certainly_low"
    WATCH = "watch"
    GOOD = "good"
    CANNOT_BE_JUDGED = "cannot_be_judged"
    TOO_SMALL = "too_small"
    NOTHING_SENT = "nothing_sent"
    NO_TARGET = "no_target"
    NO_VALUE = "no_value"


def wilson(share: float, size: float, z: float = Z95) -> tuple[float, float]:
    """Wilson's interval of a share seen in `size` > 0 independent draws; of 95 % unless `z` says.

    Returns (low, high) with 0 <= low <= share <= high <= 1. Source: Wilson, *Journal of the
    American Statistical Association* 22 (1927).
    """
    z2 = z * z
    centre = (share + z2 / (2 * size)) / (1 + z2 / size)
    half = z / (1 + z2 / size) * sqrt(share * (1 - share) / size + z2 / (4 * size * size))
    return max(0.0, min(centre - half, share)), min(1.0, max(centre + half, share))


def proportion(numerator: int, denominator: int, *, counts_pupils: bool = True) -> Rate:
    """A plain share of counts: retention, dropout, coverage, timeliness.

    Args:
        counts_pupils: whether the counts are of pupils, who come and go one by one: only
            then has the share an interval (Wilson's). Registers of one class are sent or
            forgotten together.

    Returns a `Rate`; its value is None without a denominator.
    """
    if denominator <= 0:
        return Rate(numerator, denominator)
    value = numerator / denominator
    if not counts_pupils:
        return Rate(numerator, denominator, value)
    if not 0 <= value <= 1:
        return Rate(numerator, denominator, value, pupils=denominator)
    low, high = wilson(value, denominator)
    return Rate(numerator, denominator, value, low, high, denominator, Method.PUPILS)


def attendance_rate(measures: ClusterSums, z: float = Z95) -> Rate:
    """The attendance rate of summed `Measures`, or of anything with the same attributes.

    `z` widens its interval where many rates are compared at once.

    See the head of this module for the formula. n* is never taken for more than the
    pupil-sessions themselves: pupils absent more alike than chance would have them are no
    reason for a narrower interval.
    """
    expected, pupils = measures.expected, measures.pupils
    present = expected - measures.absent
    if expected <= 0:
        return Rate(present, expected, pupils=pupils)
    value = present / expected
    effective = effective_size(measures)
    size = Fraction(max(pupils, 1)) if effective is None else effective
    method = Method.PUPILS if effective is None else Method.CLUSTERS
    low, high = wilson(value, float(min(size, Fraction(expected))), z)
    return Rate(present, expected, value, low, high, pupils, method)


def effective_size(measures: ClusterSums) -> Fraction | None:
    """n* of summed `Measures` as a Fraction; None where it is undefined.

    With A = Σa, N = Σn and S = N²·Σ(aᵢ − p·nᵢ)² = N²·Σa² − 2AN·Σan + A²·Σn², all whole:
    n* = p(1−p)/var(p) = A(N−A)·N²·(k−1) / (k·S).
    """
    absent, expected, pupils = measures.absent, measures.expected, measures.pupils
    if pupils < 2 or not 0 < absent < expected:
        return None
    spread = (
        expected * expected * measures.sum_aa
        - 2 * absent * expected * measures.sum_an
        + absent * absent * measures.sum_nn
    )
    if spread <= 0:
        return None
    above = absent * (expected - absent) * expected * expected * (pupils - 1)
    return Fraction(above, pupils * spread)


def difference_in_points(rate: Rate | None, other: Rate | None) -> float | None:
    """`rate` − `other` as a share (multiply by 100 for points); None when either has no value."""
    if rate is None or other is None or rate.value is None or other.value is None:
        return None
    return rate.value - other.value


def fall_is_more_than_chance(rate: Rate, before: Rate) -> bool:
    """Whether a rate is lower than before by more than chance explains.

    The gap is compared with the interval of a difference of two independent shares made from
    their own Wilson intervals (Newcombe, *Statistics in Medicine* 17, 1998, method 10):
    the upper end of rate − before must lie below zero.
    """
    if rate.value is None or rate.high is None or before.value is None or before.low is None:
        return False
    upper = (rate.value - before.value) + sqrt(
        (rate.high - rate.value) ** 2 + (before.value - before.low) ** 2
    )
    return upper < 0


def reaches(rate: Rate, target: float) -> bool:
    """Whether a rate with a value is at least `target`, compared without rounding."""
    return Fraction(rate.numerator, rate.denominator) >= Fraction(target).limit_denominator(_STEPS)


def exceeds(rate: Rate, target: float) -> bool:
    """Whether a rate with a value is above `target`: of a dropout rate, that it missed it."""
    return Fraction(rate.numerator, rate.denominator) > Fraction(target).limit_denominator(_STEPS)


def judge(
    rate: Rate,
    target: float | None,
    coverage: Rate,
    coverage_target: float | None,
    *,
    min_pupils: int,
    min_days: int,
    days: int,
) -> Judgement:
    """What may be said about a rate.

    Args:
        rate, coverage: `Rate`s; target, coverage_target: shares 0..1, or None when not set.
        min_pupils, min_days: fewest pupils and days with registers for a judgement.
        days: days with registers behind the rate.

    Coverage under its own target forbids a judgement whatever the rate. Without a target
    nothing is low: NO_TARGET. Registers due of which none was sent are NOTHING_SENT, and
    NO_VALUE is left for where none was due.
    """
    if rate.value is None:
        due_unsent = coverage.denominator > 0 and not coverage.numerator
        return Judgement.NOTHING_SENT if due_unsent else Judgement.NO_VALUE
    if (
        coverage_target is not None
        and coverage.value is not None
        and not reaches(coverage, coverage_target)
    ):
        return Judgement.CANNOT_BE_JUDGED
    if target is None:
        return Judgement.NO_TARGET
    if (rate.pupils is not None and rate.pupils < min_pupils) or days < min_days:
        return Judgement.TOO_SMALL
    if reaches(rate, target):
        return Judgement.GOOD
    if rate.high is not None and rate.high < target:
        return Judgement.CERTAINLY_LOW
    return Judgement.WATCH
