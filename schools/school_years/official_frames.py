"""Frames of school years as the ministry decided them, offered where nothing is entered yet.

A province may shift them by decision; so they are proposed, never in force by themselves.
"""

import datetime
from dataclasses import dataclass


@dataclass(frozen=True)
class OfficialFrame:
    """First and last day of classes and first day of the second term, both days included."""

    first_day: datetime.date
    second_term_from: datetime.date
    last_day: datetime.date
    source: str


LATEST = "2025-2026"
# The first term ends before 18 January, the year before 31 May; classes begin on 5 September.
# Of 2026-2027 no decision was found.
_OFFICIAL = {
    LATEST: OfficialFrame(
        datetime.date(2025, 9, 5),
        datetime.date(2026, 1, 19),
        datetime.date(2026, 5, 30),
        "QĐ 2269/QĐ-BGDĐT, 11/8/2025",
    ),
}


def official_frame(year_code: str) -> OfficialFrame | None:
    """The `OfficialFrame` of a school year such as "2025-2026", or None."""
    return _OFFICIAL.get(year_code)
