"""Tables of attendance."""

from .calendar import CalendarRule, Closure, YearFrame
from .leaves import PlannedLeave
from .month_batches import MonthBatch
from .registers import Absence, PastChange, Register, RegisterRevision, Uncounted
from .reminders import Reminder, ReminderMail
from .reopenings import Reopening

__all__ = [
    "Absence",
    "CalendarRule",
    "Closure",
    "MonthBatch",
    "PastChange",
    "PlannedLeave",
    "Register",
    "RegisterRevision",
    "Reminder",
    "ReminderMail",
    "Reopening",
    "Uncounted",
    "YearFrame",
]
