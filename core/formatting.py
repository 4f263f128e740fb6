"""Numbers, percentages and months as they are read here."""

from math import copysign, isclose

from django.utils.translation import get_language

from .months import Month

NO_VALUE = "—"


def _is_vietnamese():
    return (get_language() or "vi").startswith("vi")


def _local(text):
    if _is_vietnamese():
        return text.translate(str.maketrans(",.", ".,"))
    return text


def number(value, digits=0):
    """1234.5 -> 1.234,5 (Vietnamese) or 1,234.5 (English); None -> —."""
    if value is None:
        return NO_VALUE
    return _local(f"{value:,.{int(digits)}f}")


def percent(value, digits=1):
    """A share 0..1 -> "91,8%", as official letters write it; None -> —.

    Only nobody is 0% and only everybody 100%: 616 of 618 are 99%, whatever rounding says.
    """
    if value is None:
        return NO_VALUE
    return _local(f"{_honest(value * 100, int(digits), (0, 100)):.{int(digits)}f}") + "%"


def format_target(share):
    """A target 0..1 with the digits it was set with: "95%", "97,5%"; None -> —."""
    if share is None:
        return NO_VALUE
    set_to = round(share * 100, 2)
    return percent(share, next(n for n in (0, 1, 2) if round(set_to, n) == set_to))


def _honest(value, digits, whole):
    """`value` rounded, but never onto one of the numbers in `whole` that it is not."""
    rounded = round(value, digits)
    if rounded in whole and not isclose(value, rounded, rel_tol=0, abs_tol=1e-9):
        rounded += copysign(10.0**-digits, value - rounded)
    return rounded


def points(value, digits=1):
    """A difference of shares -> "−3,2 điểm" without the word: "−3,2"; None -> —.

    Only no difference is ±0.
    """
    if value is None:
        return NO_VALUE
    amount = _honest(value * 100, int(digits), (0,))
    sign = "+" if amount > 0 else "−" if amount < 0 else "±"
    return _local(f"{sign}{abs(amount):.{int(digits)}f}")


def format_clock(moment):
    """The time of day in a sentence: "13 giờ 30", on the hour "13 giờ"; "13:30" in English."""
    if not _is_vietnamese():
        return f"{moment:%H:%M}"
    minutes = f" {moment:%M}" if moment.minute else ""
    return f"{moment.hour} giờ{minutes}"


def degrees(value):
    """A temperature without needless digits: 9.0 -> 9, -2.5 -> −2,5."""
    return _local(f"{value.normalize():f}".replace("-", "−"))


def month(value):
    """A date or Month -> 11/2026."""
    return value.label if isinstance(value, Month) else Month.of(value).label


def or_dash(value):
    """The value, or — when there is none."""
    return NO_VALUE if value in (None, "") else value
