"""Tables of what knows no school."""

from .background_runs import BackgroundRun, Phase
from .digests import Digest, Frequency
from .events import Event
from .jobs import FailedJob, JobAttempt, JobRecord
from .notifications import Channel, Delivery, DeliveryCode, DeliveryState, Notification
from .operations import Operation
from .pending_uploads import PendingUpload
from .rules import Rule

__all__ = [
    "BackgroundRun",
    "Channel",
    "Delivery",
    "DeliveryCode",
    "DeliveryState",
    "Digest",
    "Event",
    "FailedJob",
    "Frequency",
    "JobAttempt",
    "JobRecord",
    "Notification",
    "Operation",
    "PendingUpload",
    "Phase",
    "Rule",
]
