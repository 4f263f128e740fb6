"""Invented provinces without and with a true effect: how often the estimation errs.

A commune's log-odds of attendance are its own level, a season and a disturbance of its cluster
(shared), a slow trend, and a disturbance of its own that lasts from month to month; on top comes
the chance of its pupils, whose absences hang together. The visited communes are the lowest ones of
the months a plan is based on, so that chance itself chose them. Used by tests and `bench`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from math import exp, sqrt

from .estimation import Comparison, Course, Incomparable, Pooled, Share, compare, pool

BEFORE, AFTER = 3, 3
SESSIONS = 44
# Sessions of one pupil in a month that count as one independent trial.
ALIKE = 8


@dataclass(frozen=True)
class World:
    """How an invented province is made.

    Attributes:
        communes, visited: how many there are, and how many of them, the lowest, are visited.
        lasting: 0..1, how much of a commune's disturbance lasts from month to month.
        heavy: whether disturbances are now and then very large (Student's t, 4 degrees).
        chosen_by: the months before, 0 the earliest, whose mean rate chooses.
    """

    communes: int = 108
    visited: int = 20
    lasting: float = 0.5
    heavy: bool = False
    chosen_by: tuple[int, ...] = (2,)


WORLDS = {
    "lasting": World(chosen_by=(1, 2)),
    "heavy": World(lasting=0.4, heavy=True),
    "very lasting": World(lasting=0.85, chosen_by=(1, 2)),
    "earlier month": World(chosen_by=(1,)),
    "passing": World(lasting=0.0),
}


@dataclass(frozen=True)
class Trial:
    """One invented province: the true mean effect on those visited, and what was estimated."""

    true: float
    truths: list[float]
    comparisons: list[Comparison]
    pooled: Pooled


def trials(world: World, *, count: int, effect: float, seed: int, most: int) -> Iterator[Trial]:
    """`count` provinces in which each visit adds `effect` (0.03: three points) to every month.

    A rate never passes 1: the truth of a commune is what was really added.
    """
    chance = random.Random(seed)
    for _number in range(count):
        visited, others = _province(world, chance)
        helped = [_with_effect(each, effect) for each in visited]
        truths = [h.after.value - v.after.value for h, v in zip(helped, visited, strict=True)]
        comparisons, known = [], []
        for each, truth in zip(helped, truths, strict=True):
            # One that lies too far off is not told of, as on the page.
            with suppress(Incomparable):
                comparisons.append(compare(each, others, most=most, least=15))
                known.append(truth)
        pooled = pool(comparisons)
        if pooled is not None:
            yield Trial(sum(known) / len(known), known, comparisons, pooled)


@dataclass
class Tally:
    """What many trials come to. All are shares 0..1, `bias` in shares of the rate."""

    visits: int = 0
    told_improved: float = 0.0
    told_worse: float = 0.0
    covered: float = 0.0
    pooled_covered: float = 0.0
    pooled_improved: float = 0.0
    bias: float = 0.0


def tally(found: Iterator[Trial]) -> Tally:
    """How often the visits, and the means over the visits, were told right."""
    single, means = [], []
    for trial in found:
        for truth, each in zip(trial.truths, trial.comparisons, strict=True):
            single.append((each.low > 0, each.high < 0, each.low <= truth <= each.high))
        mean = trial.pooled
        means.append((mean.low <= trial.true <= mean.high, mean.low > 0, mean.effect - trial.true))
    return Tally(
        len(single),
        *(sum(part) / len(single) for part in zip(*single, strict=True)),
        *(sum(part) / len(means) for part in zip(*means, strict=True)),
    )


def _province(world: World, chance: random.Random) -> tuple[list[Course], list[Course]]:
    months = range(BEFORE + 1 + AFTER)
    season = [chance.gauss(0, 0.15) for _ in months]
    clusters = [[chance.gauss(0, 0.06) for _ in months] for _ in range(8)]
    made = []
    for unit in range(world.communes):
        pupils = int(min(2000, max(40, exp(chance.gauss(5.6, 0.7)))))
        level, trend = chance.gauss(2.6, 0.45), chance.gauss(0, 0.03)
        own, shares = chance.gauss(0, 0.25), []
        for month in months:
            own = world.lasting * own + sqrt(1 - world.lasting**2) * _shock(world, chance)
            odds = level + season[month] + clusters[unit % 8][month] + trend * month + own
            shares.append(_seen(1 / (1 + exp(-odds)), pupils, chance))
        # The month of the visit itself stands on neither side.
        after = shares[BEFORE + 1]
        for share in shares[BEFORE + 2 :]:
            after = after + share
        made.append(Course(unit, shares[:BEFORE], after, pupils))
    made.sort(key=lambda each: sum(each.before[month].value for month in world.chosen_by))
    return made[: world.visited], made[world.visited :]


def _shock(world: World, chance: random.Random) -> float:
    shock = chance.gauss(0, 0.25)
    return shock / sqrt(chance.gammavariate(2, 0.5)) * 0.7 if world.heavy else shock


def _seen(share: float, pupils: int, chance: random.Random) -> Share:
    sessions = pupils * SESSIONS
    spread = sqrt(share * (1 - share) * 2 * ALIKE / sessions)
    seen = min(1.0, max(0.3, chance.gauss(share, spread)))
    return Share(round(seen * sessions), sessions, sessions / ALIKE)


def _with_effect(course: Course, effect: float) -> Course:
    after = course.after
    reached = min(after.out_of, after.reached + round(effect * after.out_of))
    return replace(course, after=replace(after, reached=reached))
