"""The rules of flags and their sentences: pure, from figures and targets to words.

Thresholds come from `core.rules`, targets from `Target`; both are handed in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor

from django.utils.translation import gettext as _

from core.formatting import format_interval, format_target, number, percent, points
from core.levels import EducationLevel
from core.months import Month

from . import rates
from .indicators import INDICATORS
from .models import Flag
from .rates import Judgement
from .selectors.figures import Figures

JUDGED = (Judgement.GOOD, Judgement.WATCH, Judgement.CERTAINLY_LOW)
LOW = (Judgement.WATCH, Judgement.CERTAINLY_LOW)
# A sentence stays readable when a commune has been low all year.
MONTHS_TOLD = 3


@dataclass(frozen=True)
class Thresholds:
    """Values of the rules for one level on one day (see `reports.thresholds`)."""

    min_pupils: int
    min_days: int
    falling_points: float
    persistent_months: int


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


def rules_met(
    history: Mapping[Month, Verdict], month: Month, thresholds: Thresholds
) -> dict[Flag.Rule, str]:
    """The rules a month meets: dict `Flag.Rule` -> the sentence without its place.

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
        met[Flag.Rule.CERTAINLY_LOW] = _certainly_low(verdict)
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


def sentence(*, commune: str, level: str, month: Month, text: str) -> str:
    """The whole sentence kept with a flag."""
    return _("%(commune)s, %(level)s in %(month)s: %(text)s") % {
        "commune": commune,
        "level": EducationLevel(level).label,
        "month": _month(month),
        "text": text,
    }


def _certainly_low(verdict: Verdict) -> str:
    return _(
        "attendance %(rate)s (between %(interval)s), lower than the target of %(target)s; "
        "%(coverage)s of registers sent."
    ) % _words(verdict)


def _watch(verdict: Verdict) -> str:
    if verdict.few_pupils:
        text = _(
            "attendance %(rate)s (between %(interval)s), under the target of %(target)s, but "
            "with only %(pupils)s pupils that is not certain; %(coverage)s of registers sent."
        )
    else:
        text = _(
            "attendance %(rate)s (between %(interval)s), under the target of %(target)s but "
            "not certainly; %(coverage)s of registers sent."
        )
    return text % _words(verdict)


def _falling(verdict: Verdict, before: Verdict, month: Month) -> str:
    return _(
        "attendance %(rate)s, %(points)s points less than in %(month)s (%(before)s); "
        "%(coverage)s of registers sent."
    ) % (
        _words(verdict)
        | {
            "points": points(before.rate.known - verdict.rate.known).lstrip("+"),
            "month": _month(month),
            "before": percent(before.rate.value),
        }
    )


def _persistent(verdict: Verdict, months: Sequence[Month], history: Mapping[Month, Verdict]) -> str:
    return _(
        "attendance under the target in %(count)s months running, lately %(months)s; "
        "%(coverage)s of registers sent."
    ) % (
        _words(verdict)
        | {
            "count": len(months),
            "months": ", ".join(
                f"{_month(month)} {_under(history[month].rate.known, history[month].target)}"
                for month in months[-MONTHS_TOLD:]
            ),
        }
    )


def _unjudged(verdict: Verdict) -> str:
    if not verdict.figures.taken:
        return _("no register sent (0 of %(due)s).") % {"due": number(verdict.figures.due)}
    return _(
        "only %(coverage)s of registers sent (%(taken)s of %(due)s), less than %(least)s, so "
        "attendance cannot be judged."
    ) % {
        "coverage": _under(verdict.coverage.known, verdict.coverage_target),
        "taken": number(verdict.figures.taken),
        "due": number(verdict.figures.due),
        "least": format_target(verdict.coverage_target),
    }


def _words(verdict: Verdict) -> dict[str, str]:
    coverage = verdict.coverage.value
    return {
        "rate": _under(verdict.rate.known, verdict.target),
        "interval": format_interval(verdict.rate.low, verdict.rate.high),
        "target": format_target(verdict.target),
        "pupils": number(verdict.figures.pupils),
        "coverage": percent(coverage, 0),
    }


def _under(value: float, limit: float | None) -> str:
    """A share in percent, with as many digits as show that it is under the limit."""
    if limit is None or value >= limit:
        return percent(value)
    for digits in (1, 2):
        if round(value * 100, digits) < round(limit * 100, 2):
            return percent(value, digits)
    return percent(floor(value * 10_000) / 10_000, 2)


def _month(month: Month) -> str:
    return f"{month.number}/{month.year}"
