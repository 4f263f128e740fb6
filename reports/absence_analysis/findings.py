"""Which one thing explains most of a place's absences: chosen by size and certainty, never guessed.

Each candidate says which share of the absences it accounts for, and has a bar of its own
(`reports.thresholds`, dated rules). Told is the one that stands highest above its bar. A group
or place must besides be lower than all others by more than chance, and no group of fewer pupils
than the rule is told of at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from attendance.enums import AbsenceReason
from core.rules import RuleTable

from .. import thresholds
from ..rates import ClusterSums, Measures, Rate, attendance_rate, fall_is_more_than_chance
from .selectors import Analysis
from .sums import Absences

# How likely chance alone may make a place's page name a group or place: the lower side of 95 %.
CHANCE = 0.025
REASON, FEW_PUPILS, GROUP, UNIT, NO_REASON = "reason", "few_pupils", "group", "unit", "no_reason"


@dataclass(frozen=True)
class Limits:
    """The bars of one month; shares 0..1.

    Attributes:
        pupils: fewest pupils of whom anything is told apart.
        compared: fewest pupils of a group or place that is called lower than the others: the
            rule by which a figure may be called certainly low.
        absent: fewest absences that are explained at all.
        gap: how much lower a group or place must be.
    """

    pupils: int
    compared: int
    absent: int
    gap: float
    bars: Mapping[str, float]

    @classmethod
    def of(cls, rules: RuleTable, level: str = "") -> Limits:
        """The limits by the dated rules of a month."""

        def share(key: str) -> float:
            return float(rules[key, level]) / 100

        return cls(
            pupils=int(rules[thresholds.WHY_PUPILS, level]),
            compared=int(rules[thresholds.MIN_PUPILS, level]),
            absent=int(rules[thresholds.WHY_ABSENT, level]),
            gap=share(thresholds.WHY_GAP),
            bars={
                REASON: share(thresholds.WHY_REASON),
                NO_REASON: share(thresholds.WHY_NO_REASON),
                FEW_PUPILS: share(thresholds.WHY_FEW_PUPILS),
                GROUP: share(thresholds.WHY_GROUP),
                UNIT: share(thresholds.WHY_UNIT),
            },
        )


@dataclass(frozen=True)
class Explanation:
    """One thing that accounts for a part of the absences.

    Attributes:
        kind: REASON, FEW_PUPILS, GROUP, UNIT or NO_REASON.
        share: part of all absences it accounts for, 0..1. Of a group or place only what it has
            more than the others at the same number of sessions.
        what: the reason, (kind of group, code), name of the place; None where there is none.
        rate, others: of a group or place, and of all others together.
    """

    kind: str
    share: float
    what: Any = None
    rate: Rate | None = None
    others: Rate | None = None


def explanations(
    found: Analysis, limits: Limits, units: Iterable[tuple[str, ClusterSums]] = ()
) -> list[Explanation]:
    """What explains the absences, what stands highest above its bar first.

    Args:
        units: (name, sums) of the places that make up this one; they need not be all.
    """
    total = found.total
    if total.absent < limits.absent:
        return []
    parts = [
        *(
            (GROUP, (kind, code), sums)
            for kind, groups in found.by.items()
            for code, sums in groups.items()
        ),
        *((UNIT, name, sums) for name, sums in units),
    ]
    candidates = [*_reasons(total), *_few_pupils(total, limits), *_gaps(parts, total, limits)]
    above = [each for each in candidates if each.share >= limits.bars[each.kind]]
    return sorted(above, key=lambda each: -each.share / limits.bars[each.kind])


def _reasons(total: Absences) -> Iterable[Explanation]:
    for reason, sessions in total.reasons.items():
        kind = NO_REASON if reason == AbsenceReason.UNKNOWN else REASON
        yield Explanation(kind, sessions / total.absent, reason)


def _few_pupils(total: Absences, limits: Limits) -> Iterable[Explanation]:
    """Only what these pupils miss beyond their share of the pupils is theirs to explain."""
    few = total.very_often_pupils
    if few >= limits.pupils:
        beyond = total.very_often_absent / total.absent - few / total.pupils
        yield Explanation(FEW_PUPILS, beyond)


def _gaps(
    parts: Iterable[tuple[str, Any, ClusterSums]], total: Absences, limits: Limits
) -> Iterable[Explanation]:
    """Groups and places that are lower than all others together by more than chance.

    The more are looked at, the likelier chance makes one of them low: each is held to
    `CHANCE` divided by their number (Bonferroni).
    """
    compared = [
        (kind, what, sums, _rest(total, sums))
        for kind, what, sums in parts
        if limits.compared <= sums.pupils <= total.pupils - limits.compared
    ]
    if not compared:
        return
    z = NormalDist().inv_cdf(1 - CHANCE / len(compared))
    for kind, what, sums, rest in compared:
        rate, others = attendance_rate(sums, z), attendance_rate(rest, z)
        if (
            rate.value is not None
            and others.value is not None
            and others.value - rate.value >= limits.gap
            and fall_is_more_than_chance(rate, others)
        ):
            more = (others.value - rate.value) * sums.expected
            yield Explanation(kind, more / total.absent, what, rate, others)


def _rest(total: Absences, sums: ClusterSums) -> Measures:
    """All but some pupils."""
    return Measures(
        total.expected - sums.expected,
        total.absent - sums.absent,
        total.pupils - sums.pupils,
        total.sum_aa - sums.sum_aa,
        total.sum_an - sums.sum_an,
        total.sum_nn - sums.sum_nn,
    )
