"""Tables of the inspections."""

from .committees import Assignment, Committee, Member
from .findings import ChecklistAnswer, ChecklistItem, HeadCount, Supplement
from .plans import InspectionPlan
from .scorecards import Measure, ScoreAdjustment, Scorecard, ScoringCriterion
from .visits import Recommendation, Visit

__all__ = [
    "Assignment",
    "ChecklistAnswer",
    "ChecklistItem",
    "Committee",
    "HeadCount",
    "InspectionPlan",
    "Measure",
    "Member",
    "Recommendation",
    "ScoreAdjustment",
    "Scorecard",
    "ScoringCriterion",
    "Supplement",
    "Visit",
]
