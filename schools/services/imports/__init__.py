"""Import of the ministry's pupil workbook: upload, check, preview, save."""

from .batches import (
    ask_to_check,
    ask_to_save,
    check_batch,
    is_stuck,
    marked_name,
    receive_workbook,
    remove_expired,
    revive_stuck,
    save_batch,
)
from .preview import in_reader_words

__all__ = [
    "ask_to_check",
    "ask_to_save",
    "check_batch",
    "in_reader_words",
    "is_stuck",
    "marked_name",
    "receive_workbook",
    "remove_expired",
    "revive_stuck",
    "save_batch",
]
