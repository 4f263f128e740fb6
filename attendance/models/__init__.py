"""Tables of attendance."""

from .calendar import CalendarRule, Closure
from .registers import Absence, Register, RegisterRevision

__all__ = ["Absence", "CalendarRule", "Closure", "Register", "RegisterRevision"]
