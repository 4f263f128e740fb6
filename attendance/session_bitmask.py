"""The sessions of a month as the bits of one whole number.

Two bits for each day, morning first: 62 bits at most, so that a database keeps them in one
signed 64-bit number and tests a session without a table of days.
"""

from schools.enums import Session

PLACE = {Session.MORNING: 0, Session.AFTERNOON: 1}


def bit(date, session):
    """The bit of one session in its month."""
    return 1 << 2 * (date.day - 1) + PLACE[session]


def bits(pairs):
    """The bits of some (date, session) of one month."""
    found = 0
    for date, session in pairs:
        found |= bit(date, session)
    return found


def every_day(session_list):
    """The bits of some sessions on all days of a month of 31."""
    return sum(1 << PLACE[session] for session in session_list) * (4**31 - 1) // 3


def days(start, end):
    """All bits of the days in [start, end), both in one month or `end` the first of the next."""
    if start >= end:
        return 0
    after = start.day + (end - start).days
    return (1 << 2 * (after - 1)) - (1 << 2 * (start.day - 1))
