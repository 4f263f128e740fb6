"""Tables of the figures."""

from .facts import ClassCoverage, ClassMonth, SchoolMonth, StaleMonth
from .flags import Flag
from .publications import Publication
from .runs import ReportRun
from .targets import Target

__all__ = [
    "ClassCoverage",
    "ClassMonth",
    "Flag",
    "Publication",
    "ReportRun",
    "SchoolMonth",
    "StaleMonth",
    "Target",
]
