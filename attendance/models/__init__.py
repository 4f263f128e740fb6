"""Tables of attendance."""

from .calendar import CalendarRule, Closure, YearFrame
from .registers import Absence, Register, RegisterRevision
from .reopenings import Reopening

__all__ = [
    "Absence",
    "CalendarRule",
    "Closure",
    "Register",
    "RegisterRevision",
    "Reopening",
    "YearFrame",
]
