"""A change of a rate taken apart adds up exactly, whatever the places did."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from reports.absence_analysis.decomposition import Unit, decompose
from reports.rates import Measures


def sums(expected, absent):
    return Measures(expected=expected, absent=absent)


@st.composite
def months(draw):
    expected = draw(st.integers(0, 500))
    return sums(expected, draw(st.integers(0, expected)))


@given(st.lists(st.tuples(months(), months()), min_size=1, max_size=8))
def test_parts_add_up_to_the_change_exactly(places):
    found = decompose(Unit(str(n), now, then) for n, (now, then) in enumerate(places))

    now, then = (sum((pair[at] for pair in places), Measures()) for at in (0, 1))
    if not now.expected or not then.expected:
        assert found is None
        return
    rate, before = (Fraction(of.expected - of.absent, of.expected) for of in (now, then))
    assert found.total == rate - before == found.rates + found.composition
    assert sum(part.effect for part in found.parts) == found.rates


def test_same_rates_and_other_sizes_are_all_composition():
    found = decompose(
        [
            Unit("high", sums(100, 0), sums(300, 0)),
            Unit("low", sums(300, 60), sums(100, 20)),
        ]
    )
    assert found.rates == 0
    assert found.total == found.composition == Fraction(-10, 100)


def test_same_sizes_are_all_rates_the_greatest_first():
    found = decompose(
        [
            Unit("a little", sums(100, 12), sums(100, 10)),
            Unit("a lot", sums(100, 30), sums(100, 10)),
        ]
    )
    assert found.composition == 0
    assert [(part.name, part.effect) for part in found.parts] == [
        ("a lot", Fraction(-1, 10)),
        ("a little", Fraction(-1, 100)),
    ]


def test_a_place_of_one_month_acts_through_its_size():
    found = decompose(
        [Unit("old", sums(100, 0), sums(100, 0)), Unit("new", sums(100, 20), sums(0, 0))]
    )
    assert found.rates == 0
    assert found.total == found.composition == Fraction(-1, 10)
