"""Forms of the inspections: they bind what was typed; the rules live in the services."""

from .committees import AppointForm, AssignForm, EndForm, FoundForm
from .findings import ChecklistForm, CountForm, SupplementForm
from .plans import AddVisitForm, DraftForm, RedraftForm, VisitForm
from .visits import AnswerForm, DoneForm, RecommendationFormSet, RecordForm, ReopenForm

__all__ = [
    "AddVisitForm",
    "AnswerForm",
    "AppointForm",
    "AssignForm",
    "ChecklistForm",
    "CountForm",
    "DoneForm",
    "DraftForm",
    "EndForm",
    "FoundForm",
    "RecommendationFormSet",
    "RecordForm",
    "RedraftForm",
    "ReopenForm",
    "SupplementForm",
    "VisitForm",
]
