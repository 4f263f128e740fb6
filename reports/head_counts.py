"""What somebody counted in the classrooms of a school, beside its registers.

A package above visits schools; it registers a function with `sources`. It receives (school
ids, day) and returns a dict school id -> `HeadCounts` of the year before that day.
"""

import datetime
from collections.abc import Collection, Mapping
from typing import Protocol

from core.hooks import Hook


class HeadCounts(Protocol):
    """Pupils counted, and those the registers of the same sessions had as present."""

    @property
    def counted(self) -> int: ...
    @property
    def registered(self) -> int: ...
    @property
    def classes(self) -> int: ...
    @property
    def last_on(self) -> datetime.date: ...
    @property
    def factor(self) -> float | None: ...


class Source(Protocol):
    def __call__(
        self, school_ids: Collection[int], *, on: datetime.date
    ) -> Mapping[int, HeadCounts]: ...


sources: Hook[Source] = Hook("pupils counted in classrooms")


def head_counts(school_ids: Collection[int], *, on: datetime.date) -> dict[int, HeadCounts]:
    """Dict school id -> `HeadCounts` of the year up to a day; only schools somebody visited."""
    found: dict[int, HeadCounts] = {}
    for source in sources:
        found |= source(school_ids, on=on)
    return found
