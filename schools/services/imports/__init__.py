"""Import of the ministry's pupil workbook: upload, check, preview, save."""

from .pipeline import check_batch, save_batch
from .preview import in_reader_words
from .retention import check_died, remove_expired, revive_stuck, save_died
from .state_machine import ask_to_check, ask_to_save, is_stuck, marked_name, must_tell_apart
from .upload import receive_workbook

__all__ = [
    "ask_to_check",
    "ask_to_save",
    "check_batch",
    "check_died",
    "in_reader_words",
    "is_stuck",
    "marked_name",
    "must_tell_apart",
    "receive_workbook",
    "remove_expired",
    "revive_stuck",
    "save_batch",
    "save_died",
]
