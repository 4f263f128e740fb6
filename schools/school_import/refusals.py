"""Why a cell, a row or a file of schools is refused, and what to do about it: the whole list."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core import wordings
from core.wordings import Wording
from core.workbooks import WorkbookRefused

from ..pupil_import.workbook.refusals import CONVERSIONS

WORDINGS = CONVERSIONS | {
    "blank": Wording(_("The cell is empty."), _("Fill it in.")),
    "too_long": Wording(_("The text has more than %(limit)s characters."), _("Shorten it.")),
    "school_code": Wording(
        _("This is no ministry code of a school."),
        _("Write letters and digits only, at most 20, as in the ministry's list."),
    ),
    "code_twice": Wording(
        _("The same ministry code stands in rows: %(rows)s."),
        _("Keep one of them, or correct the code of the other school."),
    ),
    "level": Wording(
        _("The education level “%(level)s” is not known."),
        _("Write Mầm non, Tiểu học, THCS or THPT; several with a comma between."),
    ),
    "kind": Wording(
        _("The type of school is not known by this word."),
        _("Choose one of the list, or leave the cell empty."),
    ),
    "commune": Wording(
        _("There is no commune with this code on %(day)s."),
        _("Write the five digits of the list of communes in the empty workbook."),
    ),
    "commune_outside": Wording(
        _("This commune does not lie in your places."), _("Remove the row, or correct the code.")
    ),
    "moves": Wording(
        _("The school lies in %(commune)s. A file does not move it."),
        _("Correct the code of the commune, or write the move down on the page of the school."),
    ),
    "closed": Wording(
        _("The school of this code is closed from %(day)s on."),
        _("Remove the row, or correct the code."),
    ),
    "other_place": Wording(
        _("The school of this code lies outside your places."),
        _("Remove the row, or correct the code."),
    ),
    "level_in_use": Wording(
        _("There are still classes of a level that is missing here: %(classes)s."),
        _("Write the level too, or let the school end these classes first."),
    ),
    "site_twice": Wording(_("The site “%(site)s” is named twice."), _("Name each site once.")),
    "too_many_sites": Wording(
        _("The row names more than %(limit)s sites."),
        _("Leave some out and add them on the page of the school."),
    ),
    # --- the whole file
    "no_header": Wording(
        _("No sheet of the file has a row with the column headings."),
        _("Download the empty workbook here and copy your list into it."),
    ),
    "columns_missing": Wording(
        _("Sheet “%(sheet)s” lacks the columns: %(columns)s."),
        _("Add them, or download the empty workbook here and copy your list into it."),
    ),
    "column_twice": Wording(
        _("Sheet “%(sheet)s” has the column “%(header)s” twice: %(first)s and %(second)s."),
        _("Remove or rename one of the two."),
    ),
    "no_rows": Wording(
        _("The file has headings but no school below them."),
        _("Check that it is the right file."),
    ),
}


class Refused(ValidationError):
    """A cell or file that cannot be taken; carries a code of `WORDINGS`."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(WORDINGS[code].what, code=code, params=params)


def in_words(code: str, params: dict[str, Any]) -> tuple[str, str]:
    """(problem, remedy) as text of the current language."""
    if code in WORDINGS:
        return wordings.in_words(WORDINGS, code, params)
    return str(WorkbookRefused.MESSAGES[code]) % params, ""
