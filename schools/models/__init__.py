"""Tables of the ground floor, one file per noun."""

from .access_trail import NamesShown
from .areas import Area, AreaDesignation, ClusterMembership, Succession
from .classes import SchoolClass, SchoolYear
from .enrolments import Enrolment
from .erasures import PupilErasure, PupilHold
from .imports import ImportBatch
from .jobs import FailedJob, JobAttempt, JobRecord
from .pupils import Pupil
from .records import DifferentPupils, PupilMerge
from .rules import Rule
from .schools import Placement, School, SchoolStatus, Site

__all__ = [
    "Area",
    "AreaDesignation",
    "ClusterMembership",
    "DifferentPupils",
    "Enrolment",
    "FailedJob",
    "ImportBatch",
    "JobAttempt",
    "JobRecord",
    "NamesShown",
    "Placement",
    "Pupil",
    "PupilErasure",
    "PupilHold",
    "PupilMerge",
    "Rule",
    "School",
    "SchoolClass",
    "SchoolStatus",
    "SchoolYear",
    "Site",
    "Succession",
]
