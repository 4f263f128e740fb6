"""Numbers as they are read: rounding never says nobody, everybody or no difference falsely."""

import datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from core.formatting import format_clock, format_target, percent, points

shares = st.integers(1, 10**7).flatmap(
    lambda whole: st.integers(0, 2 * whole).map(lambda part: Fraction(part, whole))
)


def shown(text):
    return float(text.replace("%", "").replace(".", "").replace(",", ".").replace("−", "-"))


@given(shares, st.integers(0, 2))
def test_percent_is_nought_or_a_hundred_only_when_it_is(share, digits):
    with translation.override("vi"):
        text = percent(float(share), digits)
    assert (shown(text) == 0) == (share == 0)
    assert (shown(text) == 100) == (share == 1)
    assert abs(shown(text) - share * 100) <= 10**-digits


@given(shares, shares)
def test_points_are_nought_only_without_a_difference(one, other):
    with translation.override("vi"):
        text = points(float(one) - float(other))
    assert text.startswith("±") == (one == other)


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [(616 / 618, 0, "99%"), (3999 / 4000, 1, "99,9%"), (1 / 352, 0, "1%"), (0.918, 1, "91,8%")],
)
def test_percent_beside_its_ends(share, digits, text):
    with translation.override("vi"):
        assert percent(share, digits) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.95, "95%"), (0.975, "97,5%"), (0.9725, "97,25%"), (1.0, "100%")]
)
def test_target_keeps_the_digits_it_was_set_with(share, text):
    with translation.override("vi"):
        assert format_target(share) == text


@pytest.mark.parametrize(
    ("hour", "minute", "vietnamese", "english"),
    [(13, 30, "13 giờ 30", "13:30"), (9, 0, "9 giờ", "09:00"), (7, 5, "7 giờ 05", "07:05")],
)
def test_a_time_in_a_sentence_is_said_as_an_office_says_it(hour, minute, vietnamese, english):
    moment = datetime.time(hour, minute)
    with translation.override("vi"):
        assert format_clock(moment) == vietnamese
    with translation.override("en"):
        assert format_clock(moment) == english


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [("0.9996", 0, "99%"), ("0.0004", 0, "1%"), ("0.9995", 1, "99,9%"), ("0.9125", 1, "91,2%")],
)
def test_percent_of_a_decimal_is_as_honest(share, digits, text):
    with translation.override("vi"):
        assert percent(Decimal(share), digits) == text
