"""Models of the survey, of its matching with the rolls, and of what communes report in totals."""

from .imports import SurveyImport
from .literacy import LiteracyTotal
from .matches import Match, Proposal, RejectedPair
from .surveys import Household, SurveyEntry, SurveyPerson, SurveyRound

__all__ = [
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
