"""How far places may lie from the rate of them all by chance: the limits of a funnel plot.

Spiegelhalter, "Funnel plots for comparing institutional performance", *Statistics in Medicine*
24 (2005), 1185-1202. A place of k pupils has the standard error sqrt(φ·σ²/k) around the rate p
of all, where

    σ² = k·var(p) of all pupils together (`reports.rates`: pupils are the clusters)
    zᵢ = (pᵢ − p) / sqrt(σ²/kᵢ)
    φ  = mean of zᵢ², each z brought to the 10 % and 90 % points of all, over what that mean is of
         a normal distribution (0.679), and never below 1

φ is the overdispersion: communes differ in roads and weather, which is no finding about any one of
them. Only who lies beyond what all that explains is told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import sqrt
from typing import Generic, TypeVar

from .rates import ClusterSums, Measures, attendance_rate, effective_size

# Fewer places say nothing of how places differ.
FEWEST = 10
# Two-sided 95 % and 99.8 %, as the source has them.
WARNING, ALARM = 1.959963984540054, 3.090232306167813
TRIMMED = 0.1
# Mean square of a standard normal brought to its own 10 % and 90 % points a = 1.28155:
# 0.8 - 2·a·φ(a) + 0.2·a². Without it limits around places that differ would be too narrow.
OF_NORMAL = 0.678654

Key = TypeVar("Key")


@dataclass(frozen=True)
class Place(Generic[Key]):
    """One place: pupils, its rate 0..1, and how many standard errors it lies from all."""

    key: Key
    pupils: int
    value: float
    z: float


@dataclass(frozen=True)
class Dispersion(Generic[Key]):
    """The places around the rate of all.

    Attributes:
        centre: attendance rate of all pupils, 0..1.
        variance: σ², of one pupil.
        over: φ.
    """

    centre: float
    variance: float
    over: float
    places: Sequence[Place[Key]]

    def limits(self, pupils: float, z: float) -> tuple[float, float]:
        """(lower, upper) limit for a place of so many pupils, within 0..1."""
        half = z * sqrt(self.over * self.variance / pupils)
        return max(0.0, self.centre - half), min(1.0, self.centre + half)

    @property
    def below(self) -> list[Place[Key]]:
        """Places below the limits of 99.8 %, the farthest first."""
        return [place for place in sorted(self.places, key=lambda each: each.z) if place.z < -ALARM]

    @property
    def above(self) -> list[Place[Key]]:
        """Places above them, the farthest first."""
        return [place for place in sorted(self.places, key=lambda each: -each.z) if place.z > ALARM]


def dispersion(parts: Sequence[tuple[Key, ClusterSums]]) -> Dispersion[Key] | None:
    """The `Dispersion` of places, given as (key, sums); None for fewer than `FEWEST` of them.

    Places without pupils are left out. None too where nobody or everybody is absent.
    """
    met = [(key, sums) for key, sums in parts if sums.pupils and sums.expected]
    whole = sum((_measures(sums) for _key, sums in met), Measures())
    size = effective_size(whole)
    if size is None or len(met) < FEWEST:
        return None
    centre = attendance_rate(whole).known
    variance = centre * (1 - centre) * whole.pupils / min(float(size), whole.expected)
    raw = [
        (key, sums.pupils, value, (value - centre) / sqrt(variance / sums.pupils))
        for key, sums in met
        for value in [attendance_rate(sums).known]
    ]
    over = max(1.0, _mean_square([z for *_others, z in raw]) / OF_NORMAL)
    return Dispersion(
        centre,
        variance,
        over,
        [Place(key, pupils, value, z / sqrt(over)) for key, pupils, value, z in raw],
    )


def _measures(sums: ClusterSums) -> Measures:
    return Measures(*(getattr(sums, field.name) for field in fields(Measures)))


def _mean_square(values: Sequence[float]) -> float:
    """Mean of the squares, each value brought to the 10 % and 90 % points (winsorised)."""
    ordered = sorted(values)
    cut = int(TRIMMED * len(ordered))
    low, high = ordered[cut], ordered[-1 - cut]
    return sum(min(max(value, low), high) ** 2 for value in values) / len(values)
