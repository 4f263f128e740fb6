"""Tables of attendance."""

from .calendar import CalendarRule, Closure, YearFrame
from .leaves import PlannedLeave
from .registers import Absence, Register, RegisterRevision
from .reminders import Reminder, ReminderMail
from .reopenings import Reopening

__all__ = [
    "Absence",
    "CalendarRule",
    "Closure",
    "PlannedLeave",
    "Register",
    "RegisterRevision",
    "Reminder",
    "ReminderMail",
    "Reopening",
    "YearFrame",
]
