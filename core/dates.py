"""The days the product reckons with: whatever a day leads to still has a date of its own."""

import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

FIRST_DAY, LAST_DAY = datetime.date(1900, 1, 1), datetime.date(2100, 12, 31)


class DayRefused(ValidationError, ValueError):
    """A day outside FIRST_DAY to LAST_DAY."""

    MESSAGE = _("Give a day of the years %(first)s to %(last)s.")

    def __init__(self) -> None:
        params = {"first": FIRST_DAY.year, "last": LAST_DAY.year}
        super().__init__(self.MESSAGE, code="day_out_of_range", params=params)


def check_day(day: datetime.date) -> None:
    """Validator of dates; raises DayRefused outside FIRST_DAY to LAST_DAY."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise DayRefused


def parse_day(text: str) -> datetime.date:
    """The day written 2026-10-12; raises ValueError when it is none, or none of our time."""
    day = datetime.date.fromisoformat(text)
    check_day(day)
    return day
