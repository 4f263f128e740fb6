"""The estimation alone: against a slow recount, and in invented provinces whose truth is known."""

import random
from fractions import Fraction

import pytest

from core.estimates import Verdict
from mobilisation.case_effect import simulation
from mobilisation.case_effect.estimation import (
    Comparison,
    Counts,
    Course,
    FewAlike,
    Others,
    mean_of,
)

HOW = {"most": 40, "least": 15, "farthest": 0.1}
LITTLE = simulation.World(schools=30, pupils=70)


def course(pupil, before, recent, after, *, school=1, group="7"):
    return Course(pupil, school, group, Counts(before, 20), Counts(recent, 5), Counts(after, 20))


def others(*courses):
    return Others(courses, least_sessions=10)


def drawn(count, seed=1):
    chance = random.Random(seed)
    found = []
    for pupil in range(count):
        recent = chance.randint(0, 5)
        before = recent + chance.randint(0, 8)
        after = min(20, max(0, round(0.6 * before + chance.gauss(1, 2))))
        found.append(course(pupil, before, recent, after, school=pupil % 9))
    return found


def slowly(child, many, most):
    """The attendance foreseen, in fractions: by all pairs, and by Cramer's rule."""
    x, y = Fraction(child.before.absent, 20), Fraction(child.recent.absent, 5)
    near = []
    for each in many:
        dx, dy = Fraction(each.before.absent, 20) - x, Fraction(each.recent.absent, 5) - y
        if abs(dx) <= Fraction(1, 10) and abs(dy) <= Fraction(1, 5):
            near.append((dx * dx + dy * dy / 4, dx, dy, Fraction(each.after.absent, 20)))
    limit = sorted(row[0] for row in near)[:most][-1]
    rows = [((1, dx, dy), z) for distance, dx, dy, z in near if distance <= limit]
    left = [[sum(r[a] * r[b] for r, _z in rows) for b in range(3)] for a in range(3)]
    right = [sum(r[a] * z for r, z in rows) for a in range(3)]
    first = [[right[a], *left[a][1:]] for a in range(3)]
    return 1 - float(_determinant(first) / _determinant(left)), len(rows)


def _determinant(m):
    return (
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
        - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
        + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    )


def test_what_is_foreseen_is_what_a_slow_recount_foresees():
    many = drawn(400)
    for before, recent in ((6, 3), (8, 4), (4, 1), (10, 5)):
        child = course(999, before, recent, 3)
        found = others(*many).compare(child, **HOW)
        foreseen, similar = slowly(child, many, HOW["most"])
        assert found.foreseen == pytest.approx(foreseen, abs=2e-6)
        assert found.similar == similar
        assert found.effect == pytest.approx(0.85 - foreseen, abs=2e-6)


def test_by_which_number_a_child_is_stored_chooses_nobody():
    many = drawn(400)
    turned = [
        Course(1000 - each.pupil, each.school, each.group, each.before, each.recent, each.after)
        for each in reversed(many)
    ]
    child = course(999, 6, 3, 3)
    first, second = (others(*some).compare(child, **HOW) for some in (many, turned))
    assert first.foreseen == pytest.approx(second.foreseen, abs=1e-9)


def test_children_of_other_grades_or_too_little_counted_are_not_compared_with():
    many = drawn(400)
    child = course(999, 6, 3, 3, group="9")
    with pytest.raises(FewAlike):
        others(*many).compare(child, **HOW)
    unseen = [
        Course(each.pupil, each.school, "9", each.before, each.recent, Counts(0, 9))
        for each in many
    ]
    with pytest.raises(FewAlike):
        others(*unseen).compare(child, **HOW)


def test_a_child_away_more_than_all_others_is_not_compared():
    with pytest.raises(FewAlike):
        others(*drawn(400)).compare(course(999, 19, 5, 3), **HOW)


def compared(effects, *, schools=12):
    return [
        Comparison(school=n % schools, before=0.6, after=0.8 + effect, foreseen=0.8, similar=40,
                   shared={})
        for n, effect in enumerate(effects)
    ]  # fmt: skip


def test_of_few_cases_or_schools_no_interval_is_told():
    limits = {"least_cases": 20, "least_schools": 10}
    spread = [0.05, 0.06] * 10
    assert mean_of(compared(spread), **limits).verdict == Verdict.IMPROVED
    assert mean_of(compared(spread[:19]), **limits).verdict == Verdict.NOT_ENOUGH
    assert mean_of(compared(spread, schools=9), **limits).verdict == Verdict.NOT_ENOUGH
    assert mean_of(compared([-each for each in spread]), **limits).verdict == Verdict.WORSE
    assert mean_of(compared([0.05, -0.05] * 10), **limits).verdict == Verdict.UNCLEAR
    with pytest.raises(ValueError, match="no case"):
        mean_of([], **limits)


def test_cases_of_one_school_err_together():
    limits = {"least_cases": 20, "least_schools": 10}
    # Each school has its own effect: four cases of it say no more than one.
    of_schools = [0.02 * (n % 12) for n in range(48)]
    once, often = (mean_of(compared(some), **limits) for some in (of_schools[:24], of_schools))
    assert often.high - often.low == pytest.approx(once.high - once.low, rel=0.01)


def tally(effect, count, world=LITTLE):
    return simulation.tally(simulation.trials(world, count=count, effect=effect, seed=13, **HOW))


@pytest.fixture(scope="module")
def placebo():
    return tally(0, 300)


def test_before_and_after_alone_would_praise_cases_that_did_nothing(placebo):
    """Regression to the mean: the enemy, and whether the comparison holds out against it."""
    assert placebo.naive > 0.1
    assert placebo.unmatched > 0.1
    assert abs(placebo.bias) < 0.01


def test_cases_that_did_nothing_are_rarely_told_as_help(placebo):
    # One in forty is meant on either side; the schools are few and the interval rough.
    assert placebo.provinces == 300
    assert placebo.improved <= 0.05
    assert placebo.worse <= 0.05


def test_a_true_effect_is_covered():
    found = tally(0.3, 60)
    assert found.true > 0.04
    assert abs(found.bias) < 0.01
    # Of 60 intervals the share is itself known to some three points; docs/case-effect.md has more.
    assert found.covered >= 0.9
