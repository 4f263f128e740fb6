"""Forms of the inspections: they bind what was typed; the rules live in the services."""

from .committees import AppointForm, AssignForm, ChangeMemberForm, EndForm, FoundForm
from .findings import ChecklistForm, CountForm, HouseholdsForm, PhotoForm, SupplementForm
from .plans import (
    AddVisitForm,
    ApproveAloneForm,
    CallOffForm,
    DraftForm,
    RedraftForm,
    ScheduleForm,
    VisitForm,
)
from .visits import (
    AnswerForm,
    DoneForm,
    RecommendationFormSet,
    RecordForm,
    ReopenForm,
    ScanForm,
    SeverityForm,
)

__all__ = [
    "AddVisitForm",
    "AnswerForm",
    "AppointForm",
    "ApproveAloneForm",
    "AssignForm",
    "CallOffForm",
    "ChangeMemberForm",
    "ChecklistForm",
    "CountForm",
    "DoneForm",
    "DraftForm",
    "EndForm",
    "FoundForm",
    "HouseholdsForm",
    "PhotoForm",
    "RecommendationFormSet",
    "RecordForm",
    "RedraftForm",
    "ReopenForm",
    "ScanForm",
    "ScheduleForm",
    "SeverityForm",
    "SupplementForm",
    "VisitForm",
]
