"""Invented provinces: how many pupils below target a proposal reaches, against the plain list.

Communes lie in road clusters and have a size, a level of attendance and a disturbance that lasts
from month to month. What is known when the visits are proposed is the first month; what is reached
is what is true in the month of the visit. Used by tests and `bench`.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp

from core.months import Month

from ..priority import FIRST, Circumstances, PointRules, parts_of, total_of
from .proposal import Capacity, Inspector, Need, Proposed, propose

FIRST_MONTH = Month(2026, 10)
LEVELS = ("THCS", "TH", "MN")
WEIGHTS = PointRules(**{name: first for name, (_meaning, first) in FIRST.items()})
STEPS = 6


@dataclass(frozen=True)
class World:
    """How an invented province is made; `lasting` 0..1: how much of a disturbance goes on."""

    communes: int = 108
    clusters: int = 9
    members: int = 40
    months: int = 9
    lasting: float = 0.7
    remote: float = 0.25


@dataclass(frozen=True)
class Province:
    """What is known, who goes, and what is true: commune -> pupils below target, by month."""

    needs: Sequence[Need]
    inspectors: Sequence[Inspector]
    months: Sequence[Month]
    true: Sequence[Sequence[int]]

    def reached(self, visits: Sequence[Proposed]) -> int:
        """Pupils below target in the month of the visit; a commune counts once."""
        once: dict[int, int] = {}
        for each in sorted(visits, key=lambda each: each.day):
            once.setdefault(
                each.need.commune, self.true[each.need.commune][self.months.index(each.month)]
            )
        return sum(once.values())


def province(world: World, seed: int) -> Province:
    """An invented province."""
    chance = random.Random(seed)
    months = FIRST_MONTH.plus(world.months - 1).since(FIRST_MONTH)
    true, known = [], []
    for commune in range(world.communes):
        below = [0] * world.months
        levels, worst = {}, 0.0
        for level in LEVELS:
            pupils = int(min(1500, max(30, exp(chance.gauss(5.2, 0.6)))))
            usual = chance.gauss(0.5 if level != "THCS" else 0.1, 0.6)
            drift = chance.gauss(0, 0.6)
            for month in range(world.months):
                if usual + drift < 0:
                    below[month] += pupils
                    if not month:
                        levels[level] = pupils
                        worst = min(worst, usual + drift)
                drift = world.lasting * drift + chance.gauss(0, 0.6 * (1 - world.lasting**2) ** 0.5)
        true.append(below)
        if levels:
            known.append(
                (commune, levels, min(STEPS - 2, int(4 + 3 * worst)) if worst > -1.3 else 0)
            )
    needs = _ranked(known, world, months, chance)
    return Province(needs, _inspectors(world, months), months, true)


def _ranked(
    known: Sequence[tuple[int, dict[str, int], int]],
    world: World,
    months: Sequence[Month],
    chance: random.Random,
) -> list[Need]:
    cluster = {each: chance.randrange(world.clusters) for each in range(world.communes)}
    scored = []
    for commune, levels, gravity in known:
        ago = chance.choice([None, 2, 5, 9, 14])
        parts = parts_of(
            Circumstances(
                month="2026-09",
                pupils=levels,
                last_on=None if ago is None else datetime.date(2026, 1, 1),
                months=ago,
                doubtful=max(0, int(chance.gauss(0, 2))),
            ),
            WEIGHTS,
            gravity=max(0, gravity),
            steps=STEPS,
            level="THCS" if "THCS" in levels else "TH",
            below=levels,
        )
        scored.append((commune, total_of(parts), sum(levels.values())))
    scored.sort(key=lambda each: (-each[1], each[0]))
    return [
        Need(
            commune,
            place,
            points,
            pupils,
            cluster=cluster[commune],
            in_charge=dict.fromkeys(months, commune % world.members),
            remote=chance.random() < world.remote,
        )
        for place, (commune, points, pupils) in enumerate(scored, start=1)
    ]


def _inspectors(world: World, months: Sequence[Month]) -> list[Inspector]:
    return [
        Inspector(
            member,
            ("user", member),
            datetime.date(2025, 1, 1),
            None,
            frozenset(months),
            # A third of the members answer for a unit themselves: the one they are in charge of.
            frozenset({member} if member % 3 == 0 else ()),
        )
        for member in range(world.members)
    ]


def working_days(_commune: int, month: Month) -> list[datetime.date]:
    """Every working day has lessons."""
    return [each for each in month.days() if each.isoweekday() <= 5]


def by_list(found: Province, capacity: Capacity) -> list[Proposed]:
    """The plain ranked list, gone through in its order: each commune is a trip of its own."""
    alone = replace(capacity, trip_visits=1)
    return propose(found.needs, found.inspectors, found.months, alone, working_days).visits


def by_list_and_road(found: Province, capacity: Capacity) -> list[Proposed]:
    """The plain list, whose communes of one cluster in one month are put on one road afterwards.

    As a careful officer would: the next of the list is taken; it joins a trip of the month to its
    cluster that has room, else it is a trip of its own; what no longer fits waits.
    """
    visits: list[Proposed] = []
    waiting = list(found.needs)
    for month in found.months:
        days = count = 0
        trips: list[tuple[int, int]] = []  # cluster, visits
        for need in list(waiting):
            if need.remote and month.number in capacity.closed:
                continue
            at = next(
                (
                    place
                    for place, (cluster, size) in enumerate(trips)
                    if cluster == need.cluster and size < capacity.trip_visits
                ),
                None,
            )
            cost = 1 if at is not None else 1 + capacity.road_days
            if count == capacity.visits or days + cost > capacity.days:
                break
            if at is None:
                trips.append((need.cluster or 0, 0))
                at = len(trips) - 1
            trips[at] = (trips[at][0], trips[at][1] + 1)
            days, count = days + cost, count + 1
            waiting.remove(need)
            member = need.in_charge.get(month, 0)
            visits.append(Proposed(need, month, month.first, member, at, False, None, True, None))
    return visits


def by_proposal(found: Province, capacity: Capacity) -> list[Proposed]:
    """What is proposed."""
    return propose(found.needs, found.inspectors, found.months, capacity, working_days).visits
