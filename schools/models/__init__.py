"""Tables of areas, schools, classes and pupils, one file per noun."""

from .access_trail import NamesShown
from .areas import Area, AreaDesignation, ClusterMembership, Succession
from .boarding import ConversionScheme, SemiBoarding
from .boundaries import AreaBoundary
from .classes import SchoolClass, SchoolYear
from .enrolments import Enrolment
from .erasures import PupilErasure, PupilHold
from .exports import PupilExport
from .imports import ImportBatch, LoadedYear, SchoolList
from .pupils import Pupil
from .records import DifferentPupils, PupilMerge
from .reorganisations import Reorganisation
from .schools import Placement, School, SchoolChange, SchoolChangePart, SchoolStatus, Site
from .transfers import Transfer
from .year_turns import PupilArrival, YearTurn

__all__ = [
    "Area",
    "AreaBoundary",
    "AreaDesignation",
    "ClusterMembership",
    "ConversionScheme",
    "DifferentPupils",
    "Enrolment",
    "ImportBatch",
    "LoadedYear",
    "NamesShown",
    "Placement",
    "Pupil",
    "PupilArrival",
    "PupilErasure",
    "PupilExport",
    "PupilHold",
    "PupilMerge",
    "Reorganisation",
    "School",
    "SchoolChange",
    "SchoolChangePart",
    "SchoolClass",
    "SchoolList",
    "SchoolStatus",
    "SchoolYear",
    "SemiBoarding",
    "Site",
    "Succession",
    "Transfer",
    "YearTurn",
]
