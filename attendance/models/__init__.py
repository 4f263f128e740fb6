"""Tables of attendance."""

from .calendar import CalendarRule, Closure
from .month_batches import MonthBatch
from .registers import Absence, Register, RegisterRevision
from .reopenings import Reopening

__all__ = [
    "Absence",
    "CalendarRule",
    "Closure",
    "MonthBatch",
    "Register",
    "RegisterRevision",
    "Reopening",
]
