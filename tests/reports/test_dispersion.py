"""Funnel limits: equal to an independent recount, and true to their level in simulation."""

import random
from dataclasses import dataclass
from statistics import NormalDist, mean

import pytest

from reports.dispersion import ALARM, FEWEST, WARNING, dispersion
from reports.rates import Measures

SESSIONS = 44


def place(generator, pupils, rate):
    """Pupils with a chance of absence of their own around that of the place."""
    rows = []
    for _pupil in range(pupils):
        own = generator.betavariate(2 * (1 - rate) / 0.05, 2 * rate / 0.05)
        rows.append((sum(generator.random() < own for _session in range(SESSIONS)), SESSIONS))
    return rows


@dataclass(frozen=True)
class World:
    """A province: pupils of each commune as (absences, sessions)."""

    places: list

    @classmethod
    def drawn(cls, seed, *, communes=40, spread=0.0):
        generator = random.Random(seed)
        return cls(
            [
                place(
                    generator,
                    generator.randint(40, 200),
                    min(max(generator.gauss(0.94, spread), 0.5), 0.999),
                )
                for _commune in range(communes)
            ]
        )

    def dispersion(self):
        return dispersion([(key, Measures.of_pupils(rows)) for key, rows in enumerate(self.places)])


def test_equal_to_a_recount_pupil_by_pupil():
    world = World.drawn(1, spread=0.02)
    found = world.dispersion()
    pupils = [each for rows in world.places for each in rows]
    centre = 1 - sum(a for a, _n in pupils) / sum(n for _a, n in pupils)
    errors = [((1 - a / n) - centre) ** 2 for a, n in pupils]
    variance = sum(errors) / (len(pupils) - 1)
    assert found.centre == pytest.approx(centre)
    assert found.variance == pytest.approx(variance)
    plain = [
        ((1 - sum(a for a, _n in rows) / sum(n for _a, n in rows)) - centre)
        / (variance / len(rows)) ** 0.5
        for rows in world.places
    ]
    ordered = sorted(plain)
    low, high = ordered[4], ordered[-5]
    over = mean(min(max(each, low), high) ** 2 for each in plain) / of_a_normal()
    assert over > 1
    assert found.over == pytest.approx(over, rel=1e-5)
    assert [each.z for each in found.places] == pytest.approx(
        [z / over**0.5 for z in plain], rel=1e-5
    )


def of_a_normal():
    """Mean square of a normal brought to its own 10 % and 90 % points, by small steps."""
    normal = NormalDist()
    end = normal.inv_cdf(0.9)
    steps = [normal.inv_cdf((number + 0.5) / 20_000) for number in range(20_000)]
    return mean(min(max(each, -end), end) ** 2 for each in steps)


def outside(worlds, limit):
    """Share of places beyond a limit."""
    far = [abs(each.z) > limit for world in worlds for each in world.dispersion().places]
    return sum(far) / len(far)


def test_without_any_difference_few_lie_outside():
    worlds = [World.drawn(seed) for seed in range(60)]
    assert 0.03 < outside(worlds, WARNING) < 0.07
    assert outside(worlds, ALARM) < 0.008


def test_usual_differences_are_no_finding_and_a_true_one_is():
    worlds = [World.drawn(seed, spread=0.02) for seed in range(60)]
    assert 0.02 < outside(worlds, WARNING) < 0.08
    assert outside(worlds, ALARM) < 0.01
    caught = 0
    for seed in range(40):
        world = World.drawn(seed, spread=0.005)
        world.places[7] = place(random.Random(seed + 1000), 150, 0.84)
        caught += world.dispersion().below[0].key == 7
    assert caught == 40


def test_limits_narrow_with_size_and_stay_rates():
    found = World.drawn(3, spread=0.02).dispersion()
    narrow, wide = found.limits(200, WARNING), found.limits(50, WARNING)
    assert 0 <= wide[0] < narrow[0] < found.centre < narrow[1] <= wide[1] <= 1
    assert found.limits(1, ALARM)[1] == 1
    one, other = found.limits(100, WARNING)[0], found.limits(100, ALARM)[0]
    assert (found.centre - other) / (found.centre - one) == pytest.approx(ALARM / WARNING)


def test_nothing_is_said_of_few_places_or_of_none_absent():
    world = World.drawn(5, communes=FEWEST)
    assert world.dispersion() is not None
    assert World(world.places[1:]).dispersion() is None
    nobody_absent = World([[(0, SESSIONS)] * 20] * FEWEST)
    assert nobody_absent.dispersion() is None
    # A place without pupils is no place.
    with_empty = World([*world.places[1:], []])
    assert with_empty.dispersion() is None
