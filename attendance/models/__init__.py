"""Tables of attendance."""

from .calendar import CalendarRule, Closure
from .registers import Absence, Register, RegisterRevision
from .reminders import Reminder, ReminderMail
from .reopenings import Reopening

__all__ = [
    "Absence",
    "CalendarRule",
    "Closure",
    "Register",
    "RegisterRevision",
    "Reminder",
    "ReminderMail",
    "Reopening",
]
