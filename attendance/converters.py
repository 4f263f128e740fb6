"""Dates, months and sessions in addresses."""

import datetime

from core.dates import parse_day
from core.months import Month
from schools.enums import Session


class DateConverter:
    """2026-11-23; anything else is no address of ours."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> datetime.date:
        return parse_day(value)

    def to_url(self, value: datetime.date | str) -> str:
        return value.isoformat() if isinstance(value, datetime.date) else value


class MonthConverter:
    """2026-11; a month that cannot be is no address of ours."""

    regex = r"\d{4}-\d{2}"

    def to_python(self, value: str) -> Month:
        return Month.parse(value)

    def to_url(self, value: Month | str) -> str:
        return str(value)


class SessionConverter:
    """am or pm."""

    regex = "am|pm"

    def to_python(self, value: str) -> Session:
        return Session(value)

    def to_url(self, value: str) -> str:
        return str(value)
