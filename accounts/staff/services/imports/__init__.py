"""The staff list in Excel: upload, preview, and a save of everything or nothing."""

from .pipeline import change_set_of_file, receive_list, schools_of, staff_imports
from .preview import worded

ask_to_check = staff_imports.ask_to_check
ask_to_save = staff_imports.ask_to_save
cancel = staff_imports.cancel
check_died = staff_imports.check_died
check_list = staff_imports.check
must_confirm = staff_imports.must_confirm
remove_expired = staff_imports.remove_expired
revive_stuck = staff_imports.revive
save_died = staff_imports.save_died
save_list = staff_imports.save

__all__ = [
    "ask_to_check",
    "ask_to_save",
    "cancel",
    "change_set_of_file",
    "check_died",
    "check_list",
    "must_confirm",
    "receive_list",
    "remove_expired",
    "revive_stuck",
    "save_died",
    "save_list",
    "schools_of",
    "staff_imports",
    "worded",
]
