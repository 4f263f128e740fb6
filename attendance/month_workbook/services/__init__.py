"""The month workbook of a class: upload, reading by a job, preview, save."""

from .batches import (
    cancel,
    read_batch,
    read_died,
    receive_workbook,
    remove_expired,
    revive_stuck,
    save_batch,
)
from .preview import preview_of

__all__ = [
    "cancel",
    "preview_of",
    "read_batch",
    "read_died",
    "receive_workbook",
    "remove_expired",
    "revive_stuck",
    "save_batch",
]
