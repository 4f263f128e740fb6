"""A change of a rate taken apart: what the places themselves did, and what their sizes did.

Kitagawa's decomposition (E. M. Kitagawa, *Journal of the American Statistical Association* 50,
1955, pp. 1168-1194): with wᵢ the share of the expected sessions that place i has and rᵢ its rate,

    R₁ − R₀ = Σ (w₁ᵢ + w₀ᵢ)/2 · (r₁ᵢ − r₀ᵢ)  +  Σ (r₁ᵢ + r₀ᵢ)/2 · (w₁ᵢ − w₀ᵢ)

The first sum is the effect of the places' rates, each place's own term among it; the second
that of the composition. Both are exact fractions, so that they add up to the change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

HALF = Fraction(1, 2)


class Counted(Protocol):
    """What of a place is needed: `Figures` and `Absences` have it."""

    @property
    def expected(self) -> int: ...
    @property
    def absent(self) -> int: ...


@dataclass(frozen=True)
class Unit:
    """One place with its sums in the month and in the one it is compared with."""

    name: str
    now: Counted
    before: Counted


@dataclass(frozen=True)
class Part:
    """What one place's own rate did to the rate of all, as a share (times 100: points)."""

    name: str
    effect: Fraction


@dataclass(frozen=True)
class Change:
    """A change of the attendance rate; total == rates + composition, exactly.

    `parts` are the effects of the places' rates, the greatest first; they add up to `rates`.
    """

    total: Fraction
    rates: Fraction
    composition: Fraction
    parts: tuple[Part, ...]


def decompose(units: Iterable[Unit]) -> Change | None:
    """The `Change` of the rate over some places; None when one of the months has no sessions.

    A place that has sessions in one month only had no other rate: it acts through its size.
    """
    units = list(units)
    now, before = sum(u.now.expected for u in units), sum(u.before.expected for u in units)
    if not now or not before:
        return None
    parts, composition = [], Fraction()
    for unit in units:
        weight = Fraction(unit.now.expected, now)
        weight_before = Fraction(unit.before.expected, before)
        rate, rate_before = _rate(unit.now), _rate(unit.before)
        if rate is None or rate_before is None:
            rate = rate_before = rate if rate_before is None else rate_before
        if rate is None or rate_before is None:
            continue
        parts.append(Part(unit.name, (weight + weight_before) * HALF * (rate - rate_before)))
        composition += (rate + rate_before) * HALF * (weight - weight_before)
    parts.sort(key=lambda part: -abs(part.effect))
    effect = sum((part.effect for part in parts), Fraction())
    return Change(effect + composition, effect, composition, tuple(parts))


def _rate(counted: Counted) -> Fraction | None:
    if not counted.expected:
        return None
    return Fraction(counted.expected - counted.absent, counted.expected)
