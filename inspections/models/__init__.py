"""Tables of the inspections."""

from .committees import Assignment, Committee, Member
from .plans import InspectionPlan
from .visits import Recommendation, Visit

__all__ = [
    "Assignment",
    "Committee",
    "InspectionPlan",
    "Member",
    "Recommendation",
    "Visit",
]
