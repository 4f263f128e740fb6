"""The rules of flags: pure, from figures and targets to what was found.

Thresholds come from `core.rules`, targets from `Target`; both are handed in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from core.months import Month
from core.rules import RuleTable
from core.types import JSON
from mobilisation.rates.selectors import Counts

from . import rates, thresholds
from .findings import Finding
from .indicators import INDICATORS
from .models import Flag
from .rates import Judgement
from .selectors.figures import Figures

JUDGED = (Judgement.GOOD, Judgement.WATCH, Judgement.CERTAINLY_LOW)
LOW = (Judgement.WATCH, Judgement.CERTAINLY_LOW)
# A sentence stays readable when a commune has been low all year.
MONTHS_NAMED = 3


@dataclass(frozen=True)
class Thresholds:
    """Values of the rules for one level on one day (see `reports.thresholds`)."""

    min_pupils: int
    min_days: int
    falling_points: float
    persistent_months: int

    @classmethod
    def of(cls, table: RuleTable, level: str) -> Self:
        """The rules in force of a level."""
        return cls(
            min_pupils=int(table[thresholds.MIN_PUPILS, level]),
            min_days=int(table[thresholds.MIN_DAYS, level]),
            falling_points=float(table[thresholds.FALLING_POINTS, level]),
            persistent_months=int(table[thresholds.PERSISTENT_MONTHS, level]),
        )


@dataclass(frozen=True)
class Verdict:
    """What may be said of one commune × level × month."""

    figures: Figures
    rate: rates.Rate
    coverage: rates.Rate
    target: float | None
    coverage_target: float | None
    judgement: Judgement
    few_pupils: bool

    @property
    def is_judged(self) -> bool:
        return self.judgement in JUDGED

    @property
    def is_low(self) -> bool:
        return self.judgement in LOW


def judge(
    values: Figures, *, target: float | None, coverage_target: float | None, thresholds: Thresholds
) -> Verdict:
    """The verdict on summed figures of one month; targets are shares 0..1 or None.

    As `rates.judge`, with two differences that suit a flag: few pupils turn "certainly low"
    into "watch" instead of silence, and no register at all is "cannot be judged".
    """
    rate = INDICATORS["attendance"].compute(values)
    coverage = INDICATORS["coverage"].compute(values)
    judgement = rates.judge(
        rate,
        target,
        coverage,
        coverage_target,
        min_pupils=0,
        min_days=thresholds.min_days,
        days=values.days,
    )
    few_pupils = values.pupils < thresholds.min_pupils
    if judgement == Judgement.CERTAINLY_LOW and few_pupils:
        judgement = Judgement.WATCH
    if values.due and not values.taken:
        judgement = Judgement.CANNOT_BE_JUDGED
    return Verdict(values, rate, coverage, target, coverage_target, judgement, few_pupils)


def judge_mobilised(
    counts: Counts, *, target: float | None, least_found: float, thresholds: Thresholds
) -> Verdict:
    """The verdict on a mobilisation rate; target and `least_found` are shares 0..1.

    As `judge`. What stands for registers due and sent are the children told to go to school and
    those of them who are matched with a pupil: while few are, a low rate tells of the matching.
    """
    values = Figures(pupils=counts.to_educate, scheduled=counts.told, taken=counts.told_found)
    rate = mobilisation_rate(counts)
    coverage = rates.proportion(counts.told_found, counts.told)
    judgement = rates.judge(rate, target, coverage, least_found, min_pupils=0, min_days=0, days=0)
    few_pupils = values.pupils < thresholds.min_pupils
    if judgement == Judgement.CERTAINLY_LOW and few_pupils:
        judgement = Judgement.WATCH
    if judgement == Judgement.CANNOT_BE_JUDGED and target is None:
        # Attendance is always told of; of a rate that nobody set a target for nothing is.
        judgement = Judgement.NO_TARGET
    return Verdict(values, rate, coverage, target, least_found, judgement, few_pupils)


def mobilisation_rate(counts: Counts) -> rates.Rate:
    """Children on a roll over children to be educated, where they live."""
    return rates.proportion(counts.on_roll, counts.to_educate)


def of_mobilisation(finding: Finding, code: str) -> Finding:
    """The same finding about a mobilisation rate, for its own sentence."""
    of = "mobilised_unmatched" if finding.code in UNMATCHED else f"mobilised_{finding.code}"
    return Finding(of, {**finding.numbers, "indicator": code})


UNMATCHED = ("no_register", "few_registers")


def rules_met(
    history: Mapping[Month, Verdict], month: Month, thresholds: Thresholds
) -> dict[Flag.Rule, Finding]:
    """The rules a month meets: dict `Flag.Rule` -> what was found, for its sentence.

    Args:
        history: dict `Month` -> `Verdict`, with the month itself and those before it.
    """
    verdict = history[month]
    if verdict.judgement == Judgement.CANNOT_BE_JUDGED:
        return {Flag.Rule.CANNOT_BE_JUDGED: _unjudged(verdict)}
    if not verdict.is_judged:
        return {}
    met = {}
    if verdict.judgement == Judgement.CERTAINLY_LOW:
        met[Flag.Rule.CERTAINLY_LOW] = _finding("certainly_low", verdict)
    elif verdict.judgement == Judgement.WATCH:
        met[Flag.Rule.WATCH] = _watch(verdict)
    before = history.get(month.plus(-1))
    if before is not None and falls(verdict, before, thresholds):
        met[Flag.Rule.FALLING] = _falling(verdict, before, month.plus(-1))
    low = months_low(history)
    if len(low) >= thresholds.persistent_months:
        met[Flag.Rule.PERSISTENT] = _persistent(verdict, low, history)
    return met


def falls(verdict: Verdict, before: Verdict, thresholds: Thresholds) -> bool:
    """Whether the rate fell by enough points and by more than chance explains.

    Chance: Newcombe's interval of a difference of two independent rates, made from their own
    intervals, lies wholly below zero. Two months of one commune hold mostly the same pupils,
    who differ less between months than two sets of pupils would: the test is cautious.
    Both months must be judged and have enough pupils.
    """
    if not (verdict.is_judged and before.is_judged) or verdict.few_pupils or before.few_pupils:
        return False
    # Whole hundredths of a point, so that a fall of exactly two points is one.
    fall = round((before.rate.known - verdict.rate.known) * 100, 6)
    return fall >= thresholds.falling_points and rates.fall_is_more_than_chance(
        verdict.rate, before.rate
    )


def months_low(history: Mapping[Month, Verdict]) -> list[Month]:
    """The judged months under the target without a break, up to the last one, oldest first.

    Months that cannot be judged, or had no school, are passed over.
    """
    found = []
    for month in sorted(history, reverse=True):
        if not history[month].is_judged:
            continue
        if not history[month].is_low:
            break
        found.append(month)
    return found[::-1]


def _finding(code: str, verdict: Verdict, **more: JSON) -> Finding:
    """What the rule found, with the numbers that its sentence names."""
    return Finding(
        code,
        {
            "rate": verdict.rate.value,
            "low": verdict.rate.low,
            "high": verdict.rate.high,
            "target": verdict.target,
            "pupils": verdict.figures.pupils,
            "coverage": verdict.coverage.value,
            **more,
        },
    )


def _watch(verdict: Verdict) -> Finding:
    return _finding("few_pupils" if verdict.few_pupils else "watch", verdict)


def _falling(verdict: Verdict, before: Verdict, month: Month) -> Finding:
    return _finding("falling", verdict, before=before.rate.value, month=str(month))


def _persistent(
    verdict: Verdict, months: Sequence[Month], history: Mapping[Month, Verdict]
) -> Finding:
    lately: list[JSON] = [
        [str(month), history[month].rate.value, history[month].target]
        for month in months[-MONTHS_NAMED:]
    ]
    return _finding("persistent", verdict, count=len(months), months=lately)


def _unjudged(verdict: Verdict) -> Finding:
    taken, due = verdict.figures.taken, verdict.figures.due
    if not taken:
        return Finding("no_register", {"due": due})
    return Finding(
        "few_registers",
        {
            "coverage": verdict.coverage.value,
            "least": verdict.coverage_target,
            "taken": taken,
            "due": due,
        },
    )
