"""Tables of areas, schools, classes and pupils, one file per noun."""

from .access_trail import NamesShown
from .areas import Area, AreaDesignation, ClusterMembership, Succession
from .classes import SchoolClass, SchoolYear
from .enrolments import Enrolment
from .erasures import PupilErasure, PupilHold
from .imports import ImportBatch
from .pupils import Pupil
from .records import DifferentPupils, PupilMerge
from .schools import Placement, School, SchoolStatus, Site

__all__ = [
    "Area",
    "AreaDesignation",
    "ClusterMembership",
    "DifferentPupils",
    "Enrolment",
    "ImportBatch",
    "NamesShown",
    "Placement",
    "Pupil",
    "PupilErasure",
    "PupilHold",
    "PupilMerge",
    "School",
    "SchoolClass",
    "SchoolStatus",
    "SchoolYear",
    "Site",
    "Succession",
]
