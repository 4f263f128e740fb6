"""Numbers, percentages and months as they are read here."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from math import isclose
from typing import TypeAlias, TypeVar

from django.utils.translation import get_language

from .months import Month

NO_VALUE = "—"
Number: TypeAlias = int | float | Decimal
Value = TypeVar("Value")


def _is_vietnamese() -> bool:
    return (get_language() or "vi").startswith("vi")


def _local(text: str) -> str:
    if _is_vietnamese():
        return text.translate(str.maketrans(",.", ".,"))
    return text


def number(value: Number | None, digits: int | str = 0) -> str:
    """1234.5 -> 1.234,5 (Vietnamese) or 1,234.5 (English); None -> —."""
    if value is None:
        return NO_VALUE
    return _local(f"{value:,.{int(digits)}f}")


def percent(value: Number | None, digits: int | str = 1) -> str:
    """A share 0..1 -> "91,8%", as official letters write it; None -> —.

    Only nobody is 0% and only everybody 100%: 616 of 618 are 99%, whatever rounding says.
    """
    return NO_VALUE if value is None else hundredths(value, digits) + "%"


def hundredths(value: Number, digits: int | str = 1) -> str:
    """A share 0..1 as `percent` writes it, where the sign stands elsewhere: "91,8"."""
    return _local(f"{_honest(value * 100, int(digits), (0, 100)):.{int(digits)}f}")


def format_interval(low: Number | None, high: Number | None) -> str:
    """The ends of an interval of shares -> "91,8–93,4%"; one of them None -> —."""
    if low is None or high is None:
        return NO_VALUE
    return f"{hundredths(low)}–{percent(high)}"


def format_target(share: Number | None) -> str:
    """A target 0..1 with the digits it was set with: "95%", "97,5%"; None -> —."""
    if share is None:
        return NO_VALUE
    set_to = _rounded(share * 100, 2)
    return percent(share, next(n for n in (0, 1, 2) if _rounded(set_to, n) == set_to))


def _honest(value: Number, digits: int, whole: Sequence[int]) -> Number:
    """`value` rounded, but never onto one of the numbers in `whole` that it is not."""
    rounded = _rounded(value, digits)
    if rounded in whole and not isclose(value, rounded, rel_tol=0, abs_tol=1e-9):
        step = 10.0**-digits if value > rounded else -(10.0**-digits)
        return Decimal(step) + rounded if isinstance(rounded, Decimal) else rounded + step
    return rounded


def _rounded(value: Number, digits: int) -> Number:
    return value.__round__(digits)


def points(value: Number | None, digits: int | str = 1) -> str:
    """A difference of shares -> "−3,2 điểm" without the word: "−3,2"; None -> —.

    Only no difference is ±0.
    """
    if value is None:
        return NO_VALUE
    amount = _honest(value * 100, int(digits), (0,))
    sign = "+" if amount > 0 else "−" if amount < 0 else "±"
    return _local(f"{sign}{abs(amount):.{int(digits)}f}")


def signed(value: int) -> str:
    """A difference of counts: "+1.234", "−3"; none is ±0."""
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    return f"{sign}{number(abs(value))}"


def format_clock(moment: datetime.datetime | datetime.time) -> str:
    """The time of day in a sentence: "13 giờ 30", on the hour "13 giờ"; "13:30" in English."""
    if not _is_vietnamese():
        return f"{moment:%H:%M}"
    minutes = f" {moment:%M}" if moment.minute else ""
    return f"{moment.hour} giờ{minutes}"


def degrees(value: Decimal) -> str:
    """A temperature without needless digits: 9.0 -> 9, -2.5 -> −2,5."""
    return _local(f"{value.normalize():f}".replace("-", "−"))


def month(value: datetime.date | Month) -> str:
    """A date or Month -> 11/2026."""
    return value.label if isinstance(value, Month) else Month.of(value).label


def or_dash(value: Value) -> Value | str:
    """The value, or — when there is none."""
    return NO_VALUE if value in (None, "") else value
