"""How often the effect of visits is told wrong, in invented provinces; needs no database rows.

Placebo visits to the lowest 20 of 108 communes, and the same with three points added, in worlds
whose months hang together little, much, or with rare large disturbances.
"""

import time

from django.db import connection

from inspections.effect import simulation
from inspections.effect.limits import FIRST

from .results import Results, about

PROVINCES = 200  # a round
SEED = 785


def measure(options):
    """Shares of visits and of means of 20 visits; the targets are those of the issue."""
    most = FIRST["most_alike"][2]
    provinces = PROVINCES * options.rounds
    results = Results("effect", about(connection, provinces=provinces, seed=SEED))
    start = time.perf_counter()
    for name, world in simulation.WORLDS.items():
        for effect in (0.0, 0.03):
            found = simulation.tally(
                simulation.trials(world, count=provinces, effect=effect, seed=SEED, most=most)
            )
            if not effect:
                results.add(
                    f"{name}: placebo told improved", 100 * found.told_improved, "%", at_most=5
                )
                results.add(
                    f"{name}: mean of placebos told improved",
                    100 * found.pooled_improved,
                    "%",
                    at_most=5,
                )
            else:
                _between(results, f"{name}: +3 covered, a visit", 100 * found.covered)
                _between(results, f"{name}: +3 covered, mean of 20", 100 * found.pooled_covered)
                results.add(f"{name}: +3 told, a visit", 100 * found.told_improved, "%")
                results.add(f"{name}: +3 told, mean of 20", 100 * found.pooled_improved, "%")
                results.add(f"{name}: bias of the mean, points", 100 * found.bias, "")
    results.add("all of it", time.perf_counter() - start)
    return results


def _between(results, name, value):
    # Farther from 95 than two either way: 93 to 97.
    results.add(name, value, "%", target="93–97")
    results.lines[-1].met = 93 <= value <= 97
