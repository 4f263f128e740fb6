"""Tables of the figures."""

from .facts import ClassCoverage, ClassMonth, SchoolMonth, StaleMonth
from .flags import Flag
from .month_steps import MonthAssessment, MonthConfirmation
from .publications import Publication
from .runs import ReportRun
from .targets import Target

__all__ = [
    "ClassCoverage",
    "ClassMonth",
    "Flag",
    "MonthAssessment",
    "MonthConfirmation",
    "Publication",
    "ReportRun",
    "SchoolMonth",
    "StaleMonth",
    "Target",
]
