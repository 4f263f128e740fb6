"""Which explanation is told: the greatest above its bar, certain, and of no single pupil."""

import random
from dataclasses import replace

import pytest

from attendance.enums import AbsenceReason
from reports.absence_analysis.findings import (
    FEW_PUPILS,
    GROUP,
    NO_REASON,
    REASON,
    UNIT,
    Limits,
    explanations,
)
from reports.absence_analysis.selectors import Analysis
from reports.absence_analysis.sums import Absences
from reports.rates import Measures

LIMITS = Limits(
    pupils=5,
    compared=30,
    absent=30,
    gap=0.03,
    bars={REASON: 0.3, NO_REASON: 0.6, FEW_PUPILS: 0.25, GROUP: 0.1, UNIT: 0.15},
)


def of_pupils(absences, sessions=20, **more):
    """Sums of pupils who missed so many of their sessions; all excused, for no reason."""
    measures = Measures.of_pupils((missed, sessions) for missed in absences)
    often = [missed for missed in absences if missed * 10 >= sessions]
    very_often = [missed for missed in absences if missed * 5 >= sessions]
    return Absences(
        expected=measures.expected,
        excused=measures.absent,
        pupils=measures.pupils,
        sum_aa=measures.sum_aa,
        sum_an=measures.sum_an,
        sum_nn=measures.sum_nn,
        often_pupils=len(often),
        often_absent=sum(often),
        very_often_pupils=len(very_often),
        very_often_absent=sum(very_often),
        **more,
    )


def found(total, units=(), **groups):
    return explanations(Analysis(total, Absences(), groups), LIMITS, units)


def kinds(*arguments, **named):
    return [each.kind for each in found(*arguments, **named)]


def test_the_reason_that_most_have_is_told_with_its_share():
    total = of_pupils([1] * 100, reason_harvest=60, reason_sick=30, reason_family=10)
    first = found(total)[0]
    assert (first.kind, first.what, first.share) == (REASON, AbsenceReason.HARVEST, 0.6)


def test_absences_without_a_reason_are_told_only_when_they_are_most():
    assert kinds(of_pupils([1] * 100, reason_sick=20, reason_family=20)) == [NO_REASON]
    assert kinds(of_pupils([1] * 100, reason_sick=25, reason_family=25)) == []


def test_few_pupils_with_many_absences_are_told():
    total = of_pupils([10] * 6 + [0] * 90 + [1] * 4, reason_sick=30, reason_family=30)
    first = found(total)[0]
    assert first.kind == FEW_PUPILS
    assert first.share == pytest.approx(60 / 64 - 6 / 100)


def test_fewer_pupils_than_the_rule_are_never_told_of():
    """Four children with all the absences: who reads it would know them."""
    few = of_pupils([19] * 4)
    rest = of_pupils([0] * 60)
    total = replace(few + rest, reason_sick=20, reason_family=20)
    assert kinds(total, [("their village", few)], sex={"F": few, "M": rest}) == []


def test_a_group_lower_than_chance_explains_is_told_with_what_it_has_too_much():
    low, rest = of_pupils([4, 5, 6] * 10), of_pupils([0, 1, 2] * 30)
    total = replace(low + rest, reason_sick=60, reason_family=60)
    first = next(each for each in found(total, sex={"F": low, "M": rest}) if each.kind == GROUP)
    assert first.what == ("sex", "F")
    # 150 of 600 sessions where the others would have missed 30.
    assert first.share == pytest.approx((150 - 30) / 240)
    assert (first.rate.value, first.others.value) == (0.75, 0.95)


def test_a_gap_that_chance_explains_is_not_told():
    low, rest = of_pupils([20] * 3 + [0] * 27), of_pupils([1] * 60)
    total = replace(low + rest, reason_sick=20, reason_family=20)
    assert low.absent / low.expected - rest.absent / rest.expected > LIMITS.gap  # 10 % and 5 %
    assert GROUP not in kinds(total, sex={"F": low, "M": rest})


def test_a_place_is_told_like_a_group():
    low, rest = of_pupils([4, 5, 6] * 10), of_pupils([0, 1, 2] * 30)
    total = replace(low + rest, reason_sick=60, reason_family=60)
    units = [("Trường A", low), ("Trường B", rest)]
    assert [each.what for each in found(total, units) if each.kind == UNIT] == ["Trường A"]


def test_few_absences_explain_nothing():
    assert kinds(of_pupils([1] * 29, reason_sick=29)) == []
    assert kinds(of_pupils([1] * 30, reason_sick=30)) == [REASON]


def test_without_a_true_difference_hardly_a_group_is_told():
    """400 places whose pupils are all drawn alike, divided into three groups and four schools."""
    draw = random.Random(785)
    told = 0
    for _place in range(400):
        pupils = [sum(draw.random() < p for _n in range(40)) for p in _likely(draw, 120)]
        groups = {code: of_pupils(pupils[code::3], 40) for code in range(3)}
        units = [(str(n), of_pupils(pupils[n::4], 40)) for n in range(4)]
        total = sum(groups.values(), Absences())
        told += any(each.kind in (GROUP, UNIT) for each in found(total, units, ethnic_group=groups))
    assert told / 400 <= 0.05


def _likely(draw, pupils):
    """How likely each pupil is to miss a session: most seldom, some often, as in the demo."""
    return [draw.betavariate(0.5, 8) for _pupil in range(pupils)]
