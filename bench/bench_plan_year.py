"""A school year of visits proposed for invented provinces, against the plain ranked list.

Needs no database rows: 108 communes in nine road clusters, 40 members, nine months, two of which
close the roads to a quarter of the communes. What is known is the first month; what is reached are
the pupils below target in the month of the visit, each commune once.
"""

import statistics
import time

from django.db import connection

from inspections.year_plan import simulation as sim
from inspections.year_plan.proposal import Capacity

from .results import Results, about

PROVINCES = 20  # a round
SEED = 785
# The days bind; the visits bind; there is plenty of both.
CAPACITIES = {
    "8 visits, 12 days a month": Capacity(visits=8, days=12, closed=frozenset({1, 2})),
    "12 visits, 16 days a month": Capacity(visits=12, days=16, closed=frozenset({1, 2})),
    "6 visits, 40 days a month": Capacity(visits=6, days=40, closed=frozenset({1, 2})),
    "20 visits, 60 days a month": Capacity(visits=20, days=60, closed=frozenset({1, 2})),
}


def measure(options):
    """Seconds of a proposal, and pupils reached with the same days."""
    world, provinces = sim.World(), PROVINCES * options.rounds
    results = Results(
        "plan_year",
        about(connection, provinces=provinces, communes=world.communes, members=world.members),
    )
    for name, capacity in CAPACITIES.items():
        times, reached = [], {"proposal": [], "list": [], "roads": []}
        for number in range(provinces):
            found = sim.province(world, SEED + number)
            start = time.perf_counter()
            visits = sim.by_proposal(found, capacity)
            times.append(time.perf_counter() - start)
            reached["proposal"].append(found.reached(visits))
            reached["list"].append(found.reached(sim.by_list(found, capacity)))
            reached["roads"].append(found.reached(sim.by_list_and_road(found, capacity)))
        proposal, listed, roads = (statistics.mean(each) for each in reached.values())
        results.add(f"{name}: slowest proposal", max(times), at_most=10, target="≤ 10 s")
        results.add(f"{name}: pupils reached / list", proposal, "", floor=listed, at_least=1)
        results.add(f"{name}: / list put on roads", proposal, "", floor=roads, at_least=1)
        better = sum(p > q for p, q in zip(reached["proposal"], reached["list"], strict=True))
        results.add(f"{name}: provinces in which more", 100 * better / provinces, "%")
    return results
