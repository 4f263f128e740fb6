"""The estimation alone: what it says of courses made up so that the answer is known."""

import math
import random
import statistics

import pytest

from core.estimates import student_quantile as student
from inspections.effect import simulation
from inspections.effect.estimation import Course, Incomparable, Share, compare, pool

MOST, LEAST = 60, 15


def share(value, trials=2000.0):
    return Share(round(value * 1_000_000), 1_000_000, trials)


def courses(count, *, seed=1, fall=0.0):
    """Communes about 92 %, whose months come and go by chance; all move by `fall` afterwards."""
    chance = random.Random(seed)
    made = []
    for unit in range(count):
        level = chance.gauss(0.92, 0.02)
        months = [min(0.99, chance.gauss(level, 0.006)) for _month in range(4)]
        made.append(
            Course(unit, [share(each) for each in months[:3]], share(months[3] + fall), 300)
        )
    return made


def visited(before, after, unit=999, pupils=300):
    return Course(unit, [share(each) for each in before], share(after), pupils)


def test_what_all_communes_did_is_no_effect():
    # Everybody lost three points after the visits; the visited commune lost one: two to the good.
    others = courses(60, fall=-0.03)
    found = compare(visited([0.92] * 3, 0.91), others, most=MOST, least=LEAST)
    assert found.effect == pytest.approx(0.02, abs=0.004)
    assert found.low > 0
    assert found.expected == pytest.approx(0.89, abs=0.004)
    assert found.after - found.effect == pytest.approx(found.expected)


def test_a_rebound_that_others_make_too_is_no_effect():
    """One low month that passes by itself in every commune is foretold."""
    others = []
    for unit in range(40):
        dip = 0.01 + 0.002 * (unit % 20)
        level = 0.93 + 0.0004 * unit
        before = [level, level, level - dip]
        others.append(Course(unit, [share(each) for each in before], share(level), 300))
    found = compare(visited([0.935, 0.935, 0.88], 0.935), others, most=MOST, least=LEAST)
    assert found.after - found.before > 0.015
    assert abs(found.effect) < 0.002


def test_too_few_communes_say_nothing():
    with pytest.raises(Incomparable) as refused:
        compare(visited([0.92] * 3, 0.95), courses(14), most=MOST, least=LEAST)
    assert not refused.value.is_far_off
    assert compare(visited([0.92] * 3, 0.95), courses(15), most=MOST, least=LEAST)


def test_a_commune_far_from_all_others_says_nothing():
    with pytest.raises(Incomparable) as refused:
        compare(visited([0.60] * 3, 0.70), courses(60), most=MOST, least=LEAST)
    assert refused.value.is_far_off


def test_no_more_communes_are_asked_than_wanted_and_those_most_alike():
    found = compare(visited([0.92] * 3, 0.92), courses(60), most=20, least=LEAST)
    assert found.similar == 20
    sizes = [each for each in courses(60) if each.unit in found.shared]
    assert len(sizes) == 20


def test_everybody_and_nobody_have_odds():
    others = [Course(n, [Share(40, 40, 40.0)] * 3, Share(40, 40, 40.0), 40) for n in range(20)]
    found = compare(
        Course(99, [Share(40, 40, 40.0)] * 3, Share(40, 40, 40.0), 40),
        others,
        most=MOST,
        least=LEAST,
    )
    assert found.effect == pytest.approx(0)
    assert found.expected == 1
    assert math.isfinite(Share(0, 40, 40.0).log_odds)


def test_a_mean_of_one_visit_is_that_visit():
    found = compare(visited([0.92] * 3, 0.93), courses(60), most=MOST, least=LEAST)
    mean = pool([found])
    assert mean.effect == found.effect
    # The interval of one is curved, that of the mean straight: nearly the same.
    assert mean.low == pytest.approx(found.low, abs=0.005)


def test_a_mean_of_many_communes_is_surer_and_of_one_commune_is_not():
    others = courses(80)
    apart = [
        compare(visited([0.92] * 3, 0.93, unit=900 + n), others, most=MOST, least=LEAST)
        for n in range(10)
    ]
    same = [
        compare(visited([0.92] * 3, 0.93, unit=900), others, most=MOST, least=LEAST)
        for _n in range(10)
    ]
    width = lambda mean: mean.high - mean.low  # noqa: E731
    assert width(pool(apart)) < 0.6 * width(pool(apart[:1]))
    assert width(pool(same)) == pytest.approx(width(pool(same[:1])))
    assert width(pool(apart, sure=0.99)) > width(pool(apart))
    assert pool([]) is None


@pytest.mark.parametrize(
    ("probability", "freedom", "value"),
    # Tables of Student's t.
    [(0.975, 8, 2.306), (0.975, 20, 2.086), (0.975, 60, 2.000), (0.995, 10, 3.169)],
)
def test_quantiles_of_student(probability, freedom, value):
    assert student(probability, freedom) == pytest.approx(value, abs=0.002)


def test_placebo_visits_to_the_lowest_of_200_provinces_are_not_told_as_help():
    """Issue 15: at most 5 % of visits without any effect may be told as improvement."""
    world = simulation.World(visited=10, chosen_by=(1, 2))
    found = simulation.tally(simulation.trials(world, count=200, effect=0, seed=15, most=MOST))
    assert found.visits > 1900
    assert found.told_improved <= 0.05
    assert found.told_worse <= 0.05
    assert found.pooled_improved <= 0.05


def test_a_plain_comparison_with_all_others_would_have_told_help():
    """What the estimation must hold out against: the lowest rise by themselves, by points."""
    chance, gaps = random.Random(3), []
    for _province in range(40):
        lowest, others = simulation._province(simulation.World(visited=10), chance)
        rise, risen_elsewhere = (
            statistics.fmean(
                each.after.value - statistics.fmean(month.value for month in each.before)
                for each in some
            )
            for some in (lowest, others)
        )
        gaps.append(rise - risen_elsewhere)
    assert statistics.fmean(gaps) > 0.005


def test_a_true_effect_of_three_points_is_covered():
    world = simulation.World(visited=20)
    found = simulation.tally(simulation.trials(world, count=60, effect=0.03, seed=20, most=MOST))
    assert 0.93 <= found.covered <= 0.97
    # Of 60 means the share covered is itself known to some three points only; docs/effect.md has
    # that of a thousand.
    assert found.pooled_covered >= 0.88
    assert abs(found.bias) < 0.01
