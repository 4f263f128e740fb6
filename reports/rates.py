"""The one place where a rate is made: pure arithmetic on whole numbers.

Attendance is a ratio over pupils taken as clusters, because one sick child misses many
sessions (Cochran, *Sampling Techniques*, 3rd ed. 1977, ch. 6 and 9A). With aᵢ absences and nᵢ
expected sessions of pupil i of k pupils:

    p = Σa / Σn        var(p) = k/(k−1) · Σ(aᵢ − p·nᵢ)² / (Σn)²

and Σ(aᵢ − p·nᵢ)² = Σa² − 2p·Σan + p²·Σn², so that the sums kept in the facts are enough and add
up at every level. The interval is Wilson's with the effective size n* = p(1−p)/var(p): it
never leaves 0..1 and stays sensible near 100 %. Where n* is undefined (one pupil, nobody or
everybody absent) Wilson's interval on pupils stands in, never on pupil-sessions.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with what it was made of.

    `value`, `low` and `high` lie in 0..1 (a share of counts that do not nest may exceed 1);
    `value` is None when nothing stands below the line, `low` and `high` when no interval can
    be given. `pupils` is the number of clusters behind the interval.
    """

    numerator: int
    denominator: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    pupils: int | None = None


class Judgement(StrEnum):
    """What may be said about a rate in view of its target."""

    CERTAINLY_LOW = "certainly_low"
    WATCH = "watch"
    GOOD = "good"
    CANNOT_BE_JUDGED = "cannot_be_judged"
    TOO_SMALL = "too_small"
    NO_VALUE = "no_value"


def wilson(share, size):
    """Wilson's 95 % interval of a share seen in `size` > 0 independent draws.

    Returns (low, high) with 0 <= low <= share <= high <= 1.
    """
    z2 = Z95 * Z95
    centre = (share + z2 / (2 * size)) / (1 + z2 / size)
    half = Z95 / (1 + z2 / size) * sqrt(share * (1 - share) / size + z2 / (4 * size * size))
    return max(0.0, min(centre - half, share)), min(1.0, max(centre + half, share))


def share(numerator, denominator):
    """A plain share of counts, with Wilson's interval when the counts nest.

    Returns a `Rate`; without a denominator its value is None.
    """
    if denominator <= 0:
        return Rate(numerator, denominator)
    value = numerator / denominator
    if not 0 <= value <= 1:
        return Rate(numerator, denominator, value)
    return Rate(numerator, denominator, value, *wilson(value, denominator), denominator)


def attendance_rate(figures):
    """The attendance rate of summed figures.

    Args:
        figures: anything with `expected`, `absent`, `pupils`, `sum_aa`, `sum_an`, `sum_nn`
            (see `reports.models.facts.Measures`).
    """
    expected, absent, pupils = figures.expected, figures.absent, figures.pupils
    if expected <= 0:
        return Rate(expected - absent, expected, pupils=pupils)
    p = absent / expected
    size = max(pupils, 1)
    if pupils > 1 and 0 < p < 1:
        spread = figures.sum_aa - 2 * p * figures.sum_an + p * p * figures.sum_nn
        variance = pupils / (pupils - 1) * spread / (expected * expected)
        # A spread that is zero but for rounding would claim certainty.
        if variance > 1e-15:
            size = p * (1 - p) / variance
    low, high = wilson(1 - p, size)
    return Rate(expected - absent, expected, 1 - p, low, high, pupils)


def difference_in_points(rate, other):
    """`rate` − `other` as a share (multiply by 100 for points); None when either has no value."""
    if rate is None or other is None or rate.value is None or other.value is None:
        return None
    return rate.value - other.value


def fall_is_more_than_chance(rate, before):
    """Whether a rate is lower than before by more than chance explains.

    The gap is compared with the interval of a difference of two independent shares made from
    their own Wilson intervals (Newcombe, *Statistics in Medicine* 17, 1998, method 10):
    the upper end of rate − before must lie below zero.
    """
    if None in (rate.value, rate.high, before.value, before.low):
        return False
    upper = (rate.value - before.value) + sqrt(
        (rate.high - rate.value) ** 2 + (before.value - before.low) ** 2
    )
    return upper < 0


def judge(rate, target, coverage, coverage_target, *, min_pupils, min_days, days):
    """What may be said about a rate.

    Args:
        rate, coverage: `Rate`s; target, coverage_target: shares 0..1, or None when not set.
        min_pupils, min_days: fewest pupils and days with registers for a judgement.
        days: days with registers behind the rate.
    Coverage under its own target forbids a judgement whatever the rate. Without a target
    nothing is low: the answer is NO_VALUE.
    """
    if rate.value is None:
        return Judgement.NO_VALUE
    if (
        coverage_target is not None
        and coverage.value is not None
        and coverage.value < coverage_target
    ):
        return Judgement.CANNOT_BE_JUDGED
    if target is None:
        return Judgement.NO_VALUE
    if (rate.pupils is not None and rate.pupils < min_pupils) or days < min_days:
        return Judgement.TOO_SMALL
    if rate.value >= target:
        return Judgement.GOOD
    if rate.high is not None and rate.high < target:
        return Judgement.CERTAINLY_LOW
    return Judgement.WATCH
