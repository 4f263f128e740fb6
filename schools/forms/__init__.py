"""Forms of schools: they bind what was typed; the rules live in the services."""

from .classes import ClassForm, SiteForm
from .enrolments import LeaveForm, MoveForm, ReadmitForm, UndoLeavingForm
from .pupils import CorrectPupilForm, NewPupilForm
from .refusals import show_refusal
from .schools import SchoolFilterForm

__all__ = [
    "ClassForm",
    "CorrectPupilForm",
    "LeaveForm",
    "MoveForm",
    "NewPupilForm",
    "ReadmitForm",
    "SchoolFilterForm",
    "SiteForm",
    "UndoLeavingForm",
    "show_refusal",
]
