"""Tables of attendance."""

from .calendar import CalendarRule, Closure, YearFrame
from .leaves import PlannedLeave
from .month_batches import MonthBatch
from .period_locks import PeriodLock
from .registers import Absence, PastChange, Register, RegisterRevision, Uncounted
from .reminders import Reminder
from .reopenings import Reopening

__all__ = [
    "Absence",
    "CalendarRule",
    "Closure",
    "MonthBatch",
    "PastChange",
    "PeriodLock",
    "PlannedLeave",
    "Register",
    "RegisterRevision",
    "Reminder",
    "Reopening",
    "Uncounted",
    "YearFrame",
]
