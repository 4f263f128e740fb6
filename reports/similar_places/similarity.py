"""Which places are most like one: the standardised distance over features that people know.

Pure. Each feature is brought to the spread it has among all places (its difference divided by their
standard deviation), so that pupils and percentages weigh alike, and then weighted:

    d(i, j) = sqrt( Σ w_f · ((x_if − x_jf) / s_f)² / Σ w_f )

(the standardised Euclidean distance; Kaufman and Rousseeuw, *Finding Groups in Data*, Wiley 1990,
ch. 1). A feature in which all places are alike tells none apart and is left out. What is compared
afterwards, attendance, is no feature: else every place would look as its peers do.
"""

from collections.abc import Hashable, Mapping
from math import log, sqrt
from statistics import pstdev
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
# Differences smaller than this are rounding.
NOTHING = 1e-12


def size(pupils: int) -> float:
    """A number of pupils as it is compared: twice as many is as far at 50 as at 500."""
    return log(max(pupils, 1))


def spreads(places: Mapping[Key, Mapping[str, float]]) -> dict[str, float]:
    """{feature: standard deviation among the places}, without features in which all are alike."""
    names = next(iter(places.values()), {}).keys()
    found = {name: pstdev(values[name] for values in places.values()) for name in names}
    return {name: spread for name, spread in found.items() if spread > NOTHING}


def distances(
    own: Key, places: Mapping[Key, Mapping[str, float]], weights: Mapping[str, float]
) -> dict[Key, float]:
    """{key of every other place: its distance from `own`}, nearest first, by key where equal.

    Args:
        places: features of each place, `own` among them; all have the same features.
        weights: of each feature, 0 or more. Without any weight nothing tells places apart: empty.
    """
    used = {
        name: spread for name, spread in spreads(places).items() if weights.get(name, 0) > NOTHING
    }
    whole = sum(weights[name] for name in used)
    if not whole:
        return {}
    mine = places[own]
    found = {
        key: sqrt(
            sum(
                weights[name] * ((values[name] - mine[name]) / spread) ** 2
                for name, spread in used.items()
            )
            / whole
        )
        for key, values in places.items()
        if key != own
    }
    return dict(sorted(found.items(), key=lambda each: (each[1], str(each[0]))))
