"""Tables of the figures."""

from .facts import ClassCoverage, ClassMonth, SchoolMonth, StaleMonth
from .flags import Flag
from .issued_papers import IssuedFile, IssuedPaper, PaperSymbol, PaperTemplate
from .month_steps import MonthAssessment, MonthConfirmation
from .publications import Publication, PublicationDetail, PublicationReceipt
from .runs import ReportRun
from .targets import Target

__all__ = [
    "ClassCoverage",
    "ClassMonth",
    "Flag",
    "IssuedFile",
    "IssuedPaper",
    "MonthAssessment",
    "MonthConfirmation",
    "PaperSymbol",
    "PaperTemplate",
    "Publication",
    "PublicationDetail",
    "PublicationReceipt",
    "ReportRun",
    "SchoolMonth",
    "StaleMonth",
    "Target",
]
