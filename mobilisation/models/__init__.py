"""Models of the survey and of its matching with the rolls."""

from .imports import SurveyImport
from .matches import Match, Proposal, RejectedPair
from .surveys import Household, SurveyEntry, SurveyPerson, SurveyRound

__all__ = [
    "Household",
    "Match",
    "Proposal",
    "RejectedPair",
    "SurveyEntry",
    "SurveyImport",
    "SurveyPerson",
    "SurveyRound",
]
