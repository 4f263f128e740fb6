"""Addresses of the API, version 1."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from accounts.api import DeviceKeys, Me
from attendance.offline.api import OfflineLists, SignedIn
from attendance.registers.api.many import ManyRegisters
from attendance.registers.api.one import OneRegister, RegisterByCode
from core.api import Problems
from core.permissions import public
from inspections.action_plans.api import Actions, ProgressOfAction
from inspections.api import Inspections
from inspections.offline.api import FindingsOfVisit
from inspections.recommendations.api import AnswerToRecommendation, Recommendations
from mobilisation.cases.api import Cases, VisitsOfCase
from mobilisation.standards.api import StandardsOfYear
from mobilisation.survey_entry.api import PersonsByCode, PersonsOfSurvey
from reports.api import FiguresOfMonth, Flags, Missing, MobilisationOfMonth, PublishedMonth
from schools.api import Areas, Classes, Enrolments, LedgerOfPeriod, Roll, RollByCode, Schools

app_name = "api"
urlpatterns = [
    path(
        "problems/",
        public("who is refused for want of a key reads what that means")(Problems.as_view()),
        name="problems",
    ),
    path("me/", Me.as_view(), name="me"),
    path("vault/", DeviceKeys.as_view(), name="device_keys"),
    path("session/", SignedIn.as_view(), name="session"),
    path("pocket/", OfflineLists.as_view(), name="offline"),
    path("areas/", Areas.as_view(), name="areas"),
    path("schools/", Schools.as_view(), name="schools"),
    path("classes/", Classes.as_view(), name="classes"),
    path("classes/<int:class_id>/roll/", Roll.as_view(), name="roll"),
    path(
        "schools/<str:school_code>/classes/<str:year>/<str:name>/roll/",
        RollByCode.as_view(),
        name="roll_by_code",
    ),
    path("enrolments/", Enrolments.as_view(), name="enrolments"),
    path(
        "schools/<str:school_code>/classes/<str:year>/<str:name>/registers/<day:date>/"
        "<session:session>/",
        RegisterByCode.as_view(),
        name="register_by_code",
    ),
    path("registers/", ManyRegisters.as_view(), name="registers"),
    path(
        "registers/<int:class_id>/<day:date>/<session:session>/",
        OneRegister.as_view(),
        name="register",
    ),
    path("figures/", FiguresOfMonth.as_view(), name="figures"),
    path("mobilisation/", MobilisationOfMonth.as_view(), name="mobilisation"),
    path("ledger/", LedgerOfPeriod.as_view(), name="ledger"),
    path("published/", PublishedMonth.as_view(), name="published"),
    path("standards/", StandardsOfYear.as_view(), name="standards"),
    path("cases/", Cases.as_view(), name="cases"),
    path("cases/<int:case_id>/visits/", VisitsOfCase.as_view(), name="case_visits"),
    path("survey/<int:area_id>/persons/", PersonsOfSurvey.as_view(), name="survey_persons"),
    path(
        "areas/<str:area_code>/survey/persons/",
        PersonsByCode.as_view(),
        name="survey_persons_by_code",
    ),
    path("flags/", Flags.as_view(), name="flags"),
    path("missing/", Missing.as_view(), name="missing"),
    path("inspections/", Inspections.as_view(), name="inspections"),
    path("inspections/<int:visit_id>/findings/", FindingsOfVisit.as_view(), name="visit_findings"),
    path("recommendations/", Recommendations.as_view(), name="recommendations"),
    path(
        "recommendations/<int:recommendation_id>/answer/",
        AnswerToRecommendation.as_view(),
        name="recommendation_answer",
    ),
    path("actions/", Actions.as_view(), name="actions"),
    path("actions/<int:item_id>/progress/", ProgressOfAction.as_view(), name="action_progress"),
    path(
        "schema/",
        public("the schema is in the repository too")(
            SpectacularAPIView.as_view(throttle_classes=[], authentication_classes=[])
        ),
        name="schema",
    ),
]
