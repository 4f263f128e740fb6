"""Tết Nguyên đán: the days of the year that moves most in every series of attendance.

The Vietnamese calendar (GMT+7), which differs from the Chinese one in some years, 2030 among
them. The days off around it are decreed anew each year; those here are the usual span.
"""

import datetime
from functools import cache

from .months import Month

TET = {
    2020: datetime.date(2020, 1, 25),
    2021: datetime.date(2021, 2, 12),
    2022: datetime.date(2022, 2, 1),
    2023: datetime.date(2023, 1, 22),
    2024: datetime.date(2024, 2, 10),
    2025: datetime.date(2025, 1, 29),
    2026: datetime.date(2026, 2, 17),
    2027: datetime.date(2027, 2, 6),
    2028: datetime.date(2028, 1, 26),
    2029: datetime.date(2029, 2, 13),
    2030: datetime.date(2030, 2, 2),
    2031: datetime.date(2031, 1, 23),
    2032: datetime.date(2032, 2, 11),
    2033: datetime.date(2033, 1, 31),
    2034: datetime.date(2034, 2, 19),
    2035: datetime.date(2035, 2, 8),
}
DAYS_BEFORE, DAYS_AFTER = 4, 8


def tet_break(year: int) -> tuple[datetime.date, datetime.date] | None:
    """(first day off, first day back) around the Tết of a year, or None when it is unknown."""
    tet = TET.get(year)
    if tet is None:
        return None
    return (
        tet - datetime.timedelta(days=DAYS_BEFORE),
        tet + datetime.timedelta(days=DAYS_AFTER),
    )


@cache
def months_of_tet() -> frozenset[Month]:
    """The months with days off for Tết, or with the first day back, in the years known."""
    found = (tet_break(year) for year in TET)
    return frozenset(Month.of(day) for days in found if days is not None for day in days)
