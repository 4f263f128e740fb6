"""Moments of a school day, from the dated rules that name hours."""

import datetime
from decimal import Decimal

from django.utils import timezone

from core.rules import RuleTable

from .apps import LATE_HOUR, START_HOUR


def begins_at(table: RuleTable, date: datetime.date, session: str, level: str) -> datetime.datetime:
    """When a session begins. `table`: the `RuleTable` of its day."""
    return _moment(date, table[START_HOUR[session], level])


def late_at(table: RuleTable, date: datetime.date, session: str, level: str) -> datetime.datetime:
    """From when its register is late. `table`: the `RuleTable` of its day."""
    return _moment(date, table[LATE_HOUR[session], level])


def _moment(date: datetime.date, hours: Decimal) -> datetime.datetime:
    """The aware moment so many hours (9.5 is half past nine) after the day begins."""
    midnight = datetime.datetime.combine(date, datetime.time())
    return timezone.make_aware(midnight + datetime.timedelta(hours=float(hours)))
