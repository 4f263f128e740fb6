"""Why a cell, a column or a file of the month is refused, and what to do: the whole list.

Kept as code and parameters and put into words when it is read, as in the pupil workbook.
"""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core import wordings
from core.wordings import Wording
from core.workbooks import WorkbookRefused
from schools.pupil_import.workbook.refusals import CONVERSIONS

WORDINGS = CONVERSIONS | {
    # --- cells
    "unknown_mark": Wording(
        _("This is no letter of the attendance book."),
        _("Write x for present, P excused, K unexcused or M late."),
    ),
    "doubtful_tick": Wording(
        _("The file writes both v and x, so v may mean present or absent."),
        _("Write x for present, P or K for absent."),
    ),
    "blank": Wording(
        _("An empty cell on a day whose register is taken."),
        _("Write x if the pupil was present, else P, K or M."),
    ),
    "not_on_roll": Wording(
        _("%(name)s was not on the roll of the class that day."),
        _("Empty the cell. If the roll is wrong, have it corrected first."),
    ),
    "unknown_reason": Wording(
        _("The reason why there was no school is not known by this word."),
        _(
            "Write one of: N rét, N lũ, N dịch, N giáo viên, N hoạt động, N lễ, N khác. "
            "If the pupil was absent, write P or K."
        ),
    ),
    # --- columns
    "unknown_day": Wording(
        _("Marks stand in a column whose heading names no day."),
        _("Write the day above it, such as 5 or 05/10, or empty the column."),
    ),
    "other_month": Wording(
        _("This column is not of month %(month)s."),
        _("Upload it with its own month, or empty the column."),
    ),
    "no_such_day": Wording(
        _("Month %(month)s has no such day."), _("Correct the day, or empty the column.")
    ),
    "weekday_differs": Wording(
        _("%(day)s is a %(weekday)s: the heading says another weekday."),
        _("Check whether the file is of this month, and correct the heading."),
    ),
    "session_needed": Wording(
        _("The class has two sessions that day, and the heading does not say which."),
        _("Write S or C below the day, or download the month's workbook and use it."),
    ),
    "day_twice": Wording(
        _("The same day and session stand in two columns: %(columns)s."),
        _("Keep one of the two."),
    ),
    "no_school": Wording(
        _("There is no school in this session."),
        _("Empty the column. If there was school, have it entered as a make-up day first."),
    ),
    "future": Wording(_("This day has not come yet."), _("Empty the column.")),
    "window": Wording(
        _("The time to change this register is over."),
        _("Undo the change in this column, or ask for the register to be opened again."),
    ),
    "mixed_not_held": Wording(
        _("The column says N (no school) and has marks of pupils as well."),
        _("Write N only, or marks only."),
    ),
    "reason_needed": Wording(
        _("The column says N, but not why there was no school."),
        _("Write the reason once in the column, such as N rét."),
    ),
    "two_reasons": Wording(
        _("The column gives two reasons why there was no school."), _("Keep one of them.")
    ),
    "roll_changed": Wording(
        _("The roll of the class has changed since the file was checked."),
        _("Download the month's workbook again and fill it in."),
    ),
    # --- rows
    "unknown_pupil": Wording(
        _("No pupil of the class has this name or code in month %(month)s."),
        _("Write name and code as on the roll of the class, or empty the row."),
    ),
    "namesakes": Wording(
        _("%(count)s pupils of the class have this name. Rows with it: %(rows)s."),
        _("Fill in the pupil's code in each of these rows; the month's workbook has it."),
    ),
    "pupil_twice": Wording(
        _("One and the same pupil stands in several rows: %(rows)s."), _("Keep one row.")
    ),
    "other_name": Wording(
        _("This code belongs to %(name)s, not to the name in this row."),
        _("Correct the code or the name. Were only some columns sorted?"),
    ),
    "no_name": Wording(
        _("Marks stand in a row without a name."), _("Fill in name or code, or empty the row.")
    ),
    "missing_pupil": Wording(
        _("%(name)s is on the roll on %(day)s, but not in the file."),
        _("Add a row for the pupil, or download the month's workbook again."),
    ),
    # --- the whole file
    "too_large": Wording(
        _("The file is larger than %(limit)s MB."),
        _("Copy the month into a new file without pictures."),
    ),
    "too_big": Wording(
        _("The file unpacks to far more than a class's month."),
        _("Copy the month into a new file."),
    ),
    "too_many_rows": Wording(
        _("The sheet has more than %(limit)s rows."), _("Leave only the rows of this class.")
    ),
    "no_table": Wording(
        _("No sheet of the file has a heading with names and days."),
        _("Download the month's workbook here and copy your marks into it."),
    ),
    "no_names": Wording(
        _("Sheet “%(sheet)s” has days, but no column of names or codes."),
        _("Add the column “Họ và tên”, or download the month's workbook here."),
    ),
    "no_days": Wording(
        _("Sheet “%(sheet)s” has names, but no column of a day."),
        _("Write the days above the columns: 1, 2, 3 … or 01/10, 02/10 …"),
    ),
    "wrong_month": Wording(
        _("Sheet “%(sheet)s” is of month %(found)s, but you are entering month %(month)s."),
        _("Choose the other file, or open the page of the other month first."),
    ),
    "wrong_class": Wording(
        _("Sheet “%(sheet)s” is of class %(found)s, but you are entering class %(name)s."),
        _("Choose the other file, or open the page of the other class first."),
    ),
    "several_sheets": Wording(
        _("Several sheets of the file may be meant: %(sheets)s."),
        _("Leave only the sheet of this class and month, or name it after the month."),
    ),
    "no_pupils": Wording(
        _("Sheet “%(sheet)s” has no row of a pupil of this class."),
        _("Check that it is the file of this class."),
    ),
    "crashed": Wording(
        _("The file was not read; the fault is not in the file. No register was written.")
    ),
}


# What may be wrong with a whole file: with what `core.workbooks` says, both in one sentence.
PROBLEMS = {code: Wording(text) for code, text in WorkbookRefused.MESSAGES.items()} | WORDINGS


class Refused(ValidationError):
    """A cell, column, row or file that cannot be taken; carries a code of `WORDINGS`."""

    code: str
    params: dict[str, Any]

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(WORDINGS[code].what, code=code, params=params)


def in_words(code: str, params: Mapping[str, object]) -> tuple[str, str]:
    """(what is wrong, what to do) as `Words` of the current language; `remedy` may be ""."""
    return wordings.in_words(PROBLEMS, code, params)
