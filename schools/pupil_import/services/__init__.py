"""Import of the ministry's pupil workbook: upload, check, preview, save."""

from .pipeline import pupil_imports, receive_workbook
from .preview import in_reader_words

ask_to_check = pupil_imports.ask_to_check
ask_to_save = pupil_imports.ask_to_save
cancel = pupil_imports.cancel
check_batch = pupil_imports.check
check_died = pupil_imports.check_died
must_confirm = pupil_imports.must_confirm
remove_expired = pupil_imports.remove_expired
revive_stuck = pupil_imports.revive
save_batch = pupil_imports.save
save_died = pupil_imports.save_died

__all__ = [
    "ask_to_check",
    "ask_to_save",
    "cancel",
    "check_batch",
    "check_died",
    "in_reader_words",
    "must_confirm",
    "pupil_imports",
    "receive_workbook",
    "remove_expired",
    "revive_stuck",
    "save_batch",
    "save_died",
]
