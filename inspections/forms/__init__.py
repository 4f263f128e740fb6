"""Forms of the inspections: they bind what was typed; the rules live in the services."""

from .committees import AppointForm, AssignForm, EndForm, FoundForm
from .plans import AddVisitForm, DraftForm, RedraftForm, VisitForm
from .visits import DoneForm, RecommendationFormSet, RecordForm, ReopenForm

__all__ = [
    "AddVisitForm",
    "AppointForm",
    "AssignForm",
    "DoneForm",
    "DraftForm",
    "EndForm",
    "FoundForm",
    "RecommendationFormSet",
    "RecordForm",
    "RedraftForm",
    "ReopenForm",
    "VisitForm",
]
