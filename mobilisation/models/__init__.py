"""Models of the survey, its matching with the rolls, children followed, and numbers of communes."""

from .assigned import AssignedNumber
from .campaigns import Campaign
from .case_effects import CaseEffect
from .cases import CaseCause, ChildCase, FamilyVisit
from .imports import SurveyImport
from .literacy import LiteracyTotal
from .matches import Match, Proposal, RejectedPair
from .surveys import Household, SurveyEntry, SurveyPerson, SurveyRound

__all__ = [
    "AssignedNumber",
    "Campaign",
    "CaseCause",
    "CaseEffect",
    "ChildCase",
    "FamilyVisit",
    "Household",
    "LiteracyTotal",
    "Match",
    "Proposal",
    "RejectedPair",
    "SurveyEntry",
    "SurveyImport",
    "SurveyPerson",
    "SurveyRound",
]
