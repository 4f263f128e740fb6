"""Models of the survey, of its matching with the rolls and of following a child."""

from .campaigns import Campaign
from .cases import CaseCause, ChildCase, FamilyVisit
from .imports import SurveyImport
from .matches import Match, Proposal, RejectedPair
from .surveys import Household, SurveyEntry, SurveyPerson, SurveyRound

__all__ = [
    "Campaign",
    "CaseCause",
    "ChildCase",
    "FamilyVisit",
    "Household",
    "Match",
    "Proposal",
    "RejectedPair",
    "SurveyEntry",
    "SurveyImport",
    "SurveyPerson",
    "SurveyRound",
]
