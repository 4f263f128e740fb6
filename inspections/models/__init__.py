"""Tables of the inspections."""

from .action_plans import ActionFlag, ActionItem, ActionPlan, ActionProgress
from .calendars import CalendarFeed
from .committees import Assignment, Committee, Member
from .findings import (
    ChecklistAnswer,
    ChecklistItem,
    FoundLine,
    HeadCount,
    HouseholdCheck,
    MinutesScan,
    Part,
    Supplement,
    VisitPhoto,
)
from .meetings import Meeting, Regulation
from .plans import InspectionPlan
from .scorecards import Measure, ScoreAdjustment, Scorecard, ScoringCriterion
from .visits import Recommendation, RecommendationProof, Visit

__all__ = [
    "ActionFlag",
    "ActionItem",
    "ActionPlan",
    "ActionProgress",
    "Assignment",
    "CalendarFeed",
    "ChecklistAnswer",
    "ChecklistItem",
    "Committee",
    "FoundLine",
    "HeadCount",
    "HouseholdCheck",
    "InspectionPlan",
    "Measure",
    "Meeting",
    "Member",
    "MinutesScan",
    "Part",
    "Recommendation",
    "RecommendationProof",
    "Regulation",
    "ScoreAdjustment",
    "Scorecard",
    "ScoringCriterion",
    "Supplement",
    "Visit",
    "VisitPhoto",
]
