"""How long registers take to come: the median, which adds up to nothing and is asked anew.

Read from the registers of the place asked for, never from the facts: medians of classes say
nothing about the median of their school.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import TypeAlias

from django.utils import timezone

from attendance.hours import begins_at
from attendance.models import Register
from core import rules
from core.months import Month
from schools.enums import Session

from .. import rates

# (day, session, education level)
Lesson: TypeAlias = tuple[datetime.date, str, str]


@dataclass(frozen=True)
class Delay:
    """From the session to the first receipt, of `n` registers taken in a month.

    At least half of them came within `days` whole days (0: on the day of the session), and,
    when that is 0, within `hours` of the beginning of the session. The order is by days and
    then by hours; `on_day` of the `n` came on their day.
    """

    n: int = 0
    on_day: int = 0
    days: int | None = None
    hours: float | None = None

    @property
    def rate(self) -> rates.Rate:
        """Share that came on their day, as a `rates.Rate`."""
        return rates.proportion(self.on_day, self.n, counts_pupils=False)


def delays(
    *,
    month: Month,
    school_ids: Iterable[int] | None = None,
    class_ids: Iterable[int] | None = None,
    by: str = "school",
    level: str = "",
) -> dict[int | None, Delay]:
    """Dict of `Delay`s by place, and of all of them together under None.

    Args:
        school_ids, class_ids: whose registers; give one of them.
        by: "school" or "class".
        level: an education level, or "" for all.
    Two queries. A register sent before its session begins counts as sent at once.
    """
    registers = Register.objects.filter(state="taken", date__gte=month.first, date__lt=month.end)
    if school_ids is not None:
        registers = registers.filter(school_id__in=list(school_ids))
    if class_ids is not None:
        registers = registers.filter(school_class_id__in=list(class_ids))
    if level:
        registers = registers.filter(school_class__level=level)
    rows = list(
        registers.order_by().values_list(
            "school_id" if by == "school" else "school_class_id",
            "date",
            "session",
            "school_class__level",
            "first_sent_at",
        )
    )
    begins = _beginnings({row[1:4] for row in rows})
    found, zone = defaultdict(list), timezone.get_current_timezone()
    for key, date, session, school_level, sent in rows:
        days = max(0, (sent.astimezone(zone).date() - date).days)
        hours = max(0.0, (sent - begins[date, session, school_level]).total_seconds() / 3600)
        found[key].append((days, hours))
    everything = [delay for each in found.values() for delay in each]
    return {None: _middle(everything)} | {key: _middle(each) for key, each in found.items()}


def _beginnings(sessions: Collection[Lesson]) -> dict[Lesson, datetime.datetime]:
    tables = rules.tables({date for date, _session, _level in sessions})
    return {
        (date, session, level): begins_at(tables[date], date, Session(session), level)
        for date, session, level in sessions
    }


def _middle(found: Sequence[tuple[int, float]]) -> Delay:
    if not found:
        return Delay()
    days, hours = median_low(found)
    return Delay(
        n=len(found),
        on_day=sum(day == 0 for day, _hours in found),
        days=days,
        hours=None if days else hours,
    )
