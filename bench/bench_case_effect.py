"""How often the effect of cases is told wrong, in invented provinces; needs no database rows.

Children who were away much just then get a case, in worlds whose absences last little or long and
whose schools have more or less in common: without an effect, and with three of ten later absences
undone.
"""

import time

from django.db import connection

from mobilisation.case_effect import simulation
from mobilisation.case_effect.limits import FIRST

from .results import Results, about

PROVINCES = 100  # a round
SEED = 785
EFFECT = 0.3


def measure(options):
    """Shares of provinces; the targets are those of the issue."""
    provinces = PROVINCES * options.rounds
    how = {
        "most": FIRST["most_alike"][2],
        "least": FIRST["least_alike"][2],
        "farthest": FIRST["farthest"][2] / 100,
    }
    results = Results("case_effect", about(connection, provinces=provinces, seed=SEED))
    start = time.perf_counter()
    for name, world in simulation.WORLDS.items():
        for effect in (0.0, EFFECT):
            found = simulation.tally(
                simulation.trials(world, count=provinces, effect=effect, seed=SEED, **how)
            )
            if not effect:
                results.add(f"{name}: told improved", 100 * found.improved, "%", at_most=5)
                results.add(f"{name}: told worse", 100 * found.worse, "%", at_most=5)
                results.add(f"{name}: after less before, points", 100 * found.naive, "")
                results.add(f"{name}: less all others, points", 100 * found.unmatched, "")
            else:
                results.add(f"{name}: effect, points", 100 * found.true, "")
                results.add(f"{name}: effect told improved", 100 * found.improved, "%")
            results.add(f"{name}, effect {effect:g}: covered", 100 * found.covered, "%")
            results.add(f"{name}, effect {effect:g}: bias, points", 100 * found.bias, "")
            results.add(f"{name}, effect {effect:g}: cases", found.cases, "")
    results.add("all of it", time.perf_counter() - start)
    return results
