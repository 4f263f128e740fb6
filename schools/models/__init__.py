"""Tables of areas, schools, classes and pupils, one file per noun."""

from .access_trail import NamesShown
from .areas import Area, AreaDesignation, ClusterMembership, Succession
from .classes import SchoolClass, SchoolYear
from .enrolments import Enrolment
from .erasures import PupilErasure, PupilHold
from .imports import ImportBatch, LoadedYear, SchoolList
from .pupils import Pupil
from .records import DifferentPupils, PupilMerge
from .schools import Placement, School, SchoolChange, SchoolChangePart, SchoolStatus, Site
from .transfers import Transfer
from .year_turns import PupilArrival, YearTurn

__all__ = [
    "Area",
    "AreaDesignation",
    "ClusterMembership",
    "DifferentPupils",
    "Enrolment",
    "ImportBatch",
    "LoadedYear",
    "NamesShown",
    "Placement",
    "Pupil",
    "PupilArrival",
    "PupilErasure",
    "PupilHold",
    "PupilMerge",
    "School",
    "SchoolChange",
    "SchoolChangePart",
    "SchoolClass",
    "SchoolList",
    "SchoolStatus",
    "SchoolYear",
    "Site",
    "Succession",
    "Transfer",
    "YearTurn",
]
