"""The sessions of a month as the bits of one whole number.

Two bits for each day, morning first: 62 bits at most, so that a database keeps them in one
signed 64-bit number and tests a session without a table of days.
"""

import datetime
from collections.abc import Iterable

from schools.enums import Session

PLACE: dict[str, int] = {Session.MORNING: 0, Session.AFTERNOON: 1}


def bit(date: datetime.date, session: str) -> int:
    """The bit of one session in its month."""
    return 1 << 2 * (date.day - 1) + PLACE[session]


def bits(pairs: Iterable[tuple[datetime.date, Session]]) -> int:
    """The bits of some (date, session) of one month."""
    found = 0
    for date, session in pairs:
        found |= bit(date, session)
    return found


def every_day(session_list: Iterable[Session]) -> int:
    """The bits of some sessions on all days of a month of 31."""
    return sum(1 << PLACE[session] for session in session_list) * (4**31 - 1) // 3


def days(start: datetime.date, end: datetime.date) -> int:
    """All bits of the days in [start, end), both in one month or `end` the first of the next."""
    if start >= end:
        return 0
    after = start.day + (end - start).days
    return (1 << 2 * (after - 1)) - (1 << 2 * (start.day - 1))


def days_in(month: datetime.date, found: int) -> list[datetime.date]:
    """The days with a session among the bits of the month that begins on a day, in order."""
    days_found = []
    while found:
        place = ((found & -found).bit_length() - 1) // 2
        days_found.append(month + datetime.timedelta(days=place))
        found &= ~(3 << 2 * place)
    return days_found
