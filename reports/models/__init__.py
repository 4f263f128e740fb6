"""Tables of the figures."""

from .facts import ClassCoverage, ClassMonth, SchoolMonth, StaleMonth
from .flags import Flag
from .runs import ReportRun
from .targets import Target

__all__ = [
    "ClassCoverage",
    "ClassMonth",
    "Flag",
    "ReportRun",
    "SchoolMonth",
    "StaleMonth",
    "Target",
]
