"""What a target would have flagged in months that are over, and how much of it chance alone would.

Pure: from the figures of communes and a target. A commune is certainly low when the whole 95 %
interval of its rate lies under the target (`reports.rates`); even communes that truly reach the
target are so now and then. How often is worked out exactly, not drawn: a commune whose true rate
is the target has, of n* sessions that count, absences that follow the binomial distribution; n*
is the size its interval rests on. The communes of a month are taken as independent.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import exp, floor, lgamma, log, sqrt

from core.months import Month

from .. import flagging, rates
from ..rates import Judgement
from ..selectors.figures import Figures

# A count that chance alone reaches in one month of twenty at most is called more than chance.
RARE = 0.05


@dataclass(frozen=True)
class MonthRehearsed:
    """One month of the rehearsal; communes are given by their ids.

    Attributes:
        certain, watch, good: communes that are certainly low, under the target within what chance
            allows, and on target: those with enough registers and days to be judged.
        unjudged: communes with pupils that could not be judged.
        by_chance: how many communes would be certainly low if all truly reached the target.
        chance_at_most: chance alone exceeds this number in one month of twenty at most.
        now: certainly low by the targets in force in that month.
    """

    month: Month
    certain: Collection[int]
    watch: Collection[int]
    good: Collection[int]
    unjudged: int
    by_chance: float
    chance_at_most: int
    now: int

    @property
    def judged(self) -> int:
        return len(self.certain) + len(self.watch) + len(self.good)

    @property
    def is_more_than_chance(self) -> bool:
        """Whether so many communes are low that chance alone would hardly explain them."""
        return len(self.certain) > self.chance_at_most


@dataclass(frozen=True)
class Monthly:
    """A commune's figures of one month, with its targets in force then (shares or None)."""

    commune_id: int
    figures: Figures
    target: float | None
    coverage_target: float | None


def rehearse(
    months: Mapping[Month, Sequence[Monthly]], target: float, thresholds: flagging.Thresholds
) -> list[MonthRehearsed]:
    """Each month with figures, oldest first; `target` is a share 0..1 for every commune."""
    found = [_month(month, months[month], target, thresholds) for month in sorted(months)]
    return [each for each in found if each.judged or each.unjudged]


def _month(
    month: Month, rows: Sequence[Monthly], target: float, thresholds: flagging.Thresholds
) -> MonthRehearsed:
    certain, watch, good, chances = [], [], [], []
    unjudged = now = 0
    for row in rows:
        verdict = flagging.judge(
            row.figures, target=target, coverage_target=row.coverage_target, thresholds=thresholds
        )
        if not verdict.is_judged:
            unjudged += verdict.judgement in (Judgement.CANNOT_BE_JUDGED, Judgement.TOO_SMALL)
            continue
        chances.append(0.0 if verdict.few_pupils else chance_of_certainly_low(row.figures, target))
        if verdict.judgement == Judgement.CERTAINLY_LOW:
            certain.append(row.commune_id)
        elif verdict.is_low:
            watch.append(row.commune_id)
        else:
            good.append(row.commune_id)
        in_force = flagging.judge(
            row.figures,
            target=row.target,
            coverage_target=row.coverage_target,
            thresholds=thresholds,
        )
        now += in_force.judgement == Judgement.CERTAINLY_LOW
    return MonthRehearsed(
        month=month,
        certain=certain,
        watch=watch,
        good=good,
        unjudged=unjudged,
        by_chance=sum(chances),
        chance_at_most=most_by_chance(chances),
        now=now,
    )


def chance_of_certainly_low(figures: Figures, target: float) -> float:
    """The chance, 0..1, that a commune is certainly low whose true rate is the target.

    Wilson's upper end lies under the target exactly when the rate lies more than
    z·√(target·(1−target)/n*) under it.
    """
    if not 0 < target < 1 or figures.expected <= 0:
        return 0.0
    effective = rates.effective_size(figures)
    size = max(figures.pupils, 1) if effective is None else effective
    draws = max(1, round(min(size, figures.expected)))
    absent = 1 - target
    limit = draws * absent + rates.Z95 * sqrt(draws * target * absent)
    return _more_than(floor(limit), draws, absent)


def _more_than(count: int, draws: int, share: float) -> float:
    """P(X > count) of a binomial X; the sum is over its likelier end, term by term."""
    if count >= draws:
        return 0.0
    total, place = 0.0, count + 1
    term = exp(
        lgamma(draws + 1)
        - lgamma(place + 1)
        - lgamma(draws - place + 1)
        + place * log(share)
        + (draws - place) * log(1 - share)
    )
    odds = share / (1 - share)
    while place <= draws and term > 0:
        total += term
        term *= (draws - place) / (place + 1) * odds
        if term < total * 1e-12:
            break
        place += 1
    return min(total, 1.0)


def most_by_chance(chances: Sequence[float]) -> int:
    """The least number that independent events exceed with a chance of at most `RARE`.

    Args:
        chances: of each event, 0..1. Their sum has the Poisson binomial distribution.
    """
    counts = [1.0]
    for chance in chances:
        counts = [
            (counts[k] * (1 - chance) if k < len(counts) else 0.0)
            + (counts[k - 1] * chance if k else 0.0)
            for k in range(len(counts) + 1)
        ]
    tail = 1.0
    for number, share in enumerate(counts):
        tail -= share
        if tail <= RARE:
            return number
    return len(chances)
