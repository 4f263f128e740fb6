"""Tables of attendance."""

from .calendar import CalendarRule, Closure, YearFrame
from .leaves import PlannedLeave
from .registers import Absence, Register, RegisterRevision
from .reopenings import Reopening

__all__ = [
    "Absence",
    "CalendarRule",
    "Closure",
    "PlannedLeave",
    "Register",
    "RegisterRevision",
    "Reopening",
    "YearFrame",
]
