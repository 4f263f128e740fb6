"""The survey in Excel: upload, preview, and a save of everything or nothing."""

from .pipeline import change_set_of_file, receive_survey, survey_imports
from .preview import worded

ask_to_check = survey_imports.ask_to_check
ask_to_save = survey_imports.ask_to_save
cancel = survey_imports.cancel
check_died = survey_imports.check_died
check_survey = survey_imports.check
remove_expired = survey_imports.remove_expired
revive_stuck = survey_imports.revive
save_died = survey_imports.save_died
save_survey = survey_imports.save

__all__ = [
    "ask_to_check",
    "ask_to_save",
    "cancel",
    "change_set_of_file",
    "check_died",
    "check_survey",
    "receive_survey",
    "remove_expired",
    "revive_stuck",
    "save_died",
    "save_survey",
    "survey_imports",
    "worded",
]
