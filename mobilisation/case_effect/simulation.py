"""Invented provinces without and with a true effect: how often the estimation errs.

A child comes, or begins to stay away, day by day; who stays away goes on to with a chance of its
own. How often it begins is its own, its school's of those weeks, and drifts. A case is opened for
some of those who were just then away much, in some schools more eagerly than in others: chance
itself chose them, which is what the estimation must hold out against. Used by tests and `bench`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from math import exp
from statistics import fmean

from .estimation import Counts, Course, FewAlike, Mean, Others, mean_of

DAYS, LAST = 20, 5


@dataclass(frozen=True)
class World:
    """How an invented province is made.

    Attributes:
        schools, pupils: schools, and children of one group in each.
        lasting: chance that who was away is away on the next day too.
        shaken: spread of what all children of a school have in common in some weeks (log-odds).
        drift: spread of what changes for a child from the weeks before to those after (log-odds).
        eager: mean chance that a child who was away much gets a case.
    """

    schools: int = 60
    pupils: int = 80
    lasting: float = 0.5
    shaken: float = 0.3
    drift: float = 0.5
    eager: float = 0.3


WORLDS = {
    "usual": World(),
    "long absences": World(lasting=0.75),
    "shaken schools": World(shaken=0.7),
    "few schools": World(schools=25, pupils=160),
    "nearly all have a case": World(eager=0.7),
}


@dataclass(frozen=True)
class Trial:
    """One province: the true mean effect, what was estimated, and two plain comparisons.

    `naive`: after less before of those with a case; `unmatched`: the same less that of all others.
    """

    true: float
    mean: Mean
    naive: float
    unmatched: float


@dataclass(frozen=True)
class Tally:
    """What many trials come to; shares 0..1, `bias` and the plain ones in shares of a rate."""

    provinces: int
    cases: float
    improved: float
    worse: float
    covered: float
    bias: float
    true: float
    naive: float
    unmatched: float


def trials(
    world: World,
    *,
    count: int,
    effect: float,
    seed: int,
    most: int,
    least: int,
    farthest: float,
) -> Iterator[Trial]:
    """`count` provinces in which a case undoes each later absence with the chance `effect`."""
    chance = random.Random(seed)
    for _number in range(count):
        cases, without = _province(world, chance)
        others = Others(without, least_sessions=DAYS // 2)
        found, truths, plain = [], [], []
        for each in cases:
            undone = sum(chance.random() < effect for _absence in range(each.after.absent))
            helped = replace(each, after=Counts(each.after.absent - undone, DAYS))
            # One without similar children is not told of, as on the page.
            with suppress(FewAlike):
                found.append(others.compare(helped, most=most, least=least, farthest=farthest))
                truths.append(undone / DAYS)
                plain.append(found[-1].after - found[-1].before)
        if not found:
            continue
        mean = mean_of(found, least_cases=20, least_schools=10)
        if mean.has_interval:
            elsewhere = fmean(each.after.attended - each.before.attended for each in without)
            yield Trial(fmean(truths), mean, fmean(plain), fmean(plain) - elsewhere)


def tally(found: Iterator[Trial]) -> Tally:
    """How often the provinces were told right. Raises StatisticsError when none could be told."""
    every = list(found)
    # What a case does on average in such a world: in one province the absences that are undone
    # are more where chance brought more of them.
    true = fmean(each.true for each in every)
    return Tally(
        provinces=len(every),
        cases=fmean(each.mean.cases for each in every),
        improved=fmean(each.mean.low > 0 for each in every),
        worse=fmean(each.mean.high < 0 for each in every),
        covered=fmean(each.mean.low <= true <= each.mean.high for each in every),
        bias=fmean(each.mean.effect - true for each in every),
        true=true,
        naive=fmean(each.naive for each in every),
        unmatched=fmean(each.unmatched for each in every),
    )


def _province(world: World, chance: random.Random) -> tuple[list[Course], list[Course]]:
    """(children with a case, children without)."""
    cases: list[Course] = []
    without: list[Course] = []
    for school in range(world.schools):
        eager = min(1.0, chance.gammavariate(2, world.eager / 2))
        shocks = chance.gauss(0, world.shaken), chance.gauss(0, world.shaken)
        for pupil in range(world.pupils):
            own = chance.gauss(-3.2, 0.8)
            days: list[bool] = []
            for length, shock in ((DAYS, shocks[0]), (DAYS, shocks[1])):
                begins = 1 / (1 + exp(-(own + shock + chance.gauss(0, world.drift))))
                for _day in range(length):
                    lasts = bool(days) and days[-1] and chance.random() < world.lasting
                    days.append(lasts or chance.random() < begins)
            course = Course(
                pupil=school * world.pupils + pupil,
                school=school,
                group="",
                before=Counts(sum(days[:DAYS]), DAYS),
                recent=Counts(sum(days[DAYS - LAST : DAYS]), LAST),
                after=Counts(sum(days[DAYS:]), DAYS),
            )
            is_seen = course.recent.absent >= 3 or course.before.absent >= DAYS // 4
            (cases if is_seen and chance.random() < eager else without).append(course)
    return cases, without
