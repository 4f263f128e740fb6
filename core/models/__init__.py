"""Tables of what knows no school."""

from .events import Event
from .jobs import FailedJob, JobAttempt, JobRecord
from .operations import Operation
from .rules import Rule

__all__ = ["Event", "FailedJob", "JobAttempt", "JobRecord", "Operation", "Rule"]
