"""Why a cell, a row or a list of staff is refused, and what to do about it.

Cells that are damaged or wrong in any list are worded where pupils are read.
"""

from django.utils.translation import gettext_lazy as _

from core.wordings import Wording, Words, in_words
from schools.pupil_import.workbook.refusals import PROBLEMS

_KEEP_ONE = _("If it is one person, keep one row. If they are two, fill in both staff codes.")

WORDINGS = PROBLEMS | {
    # --- cells
    "staff_code": Wording(
        _("This is no staff code."),
        _("Write its 4 to 20 digits and letters, or leave the cell empty."),
    ),
    "email": Wording(
        _("This is no e-mail address."),
        _("Write it as name@place, for example lohuong@example.vn, or leave it empty."),
    ),
    "staff_age": Wording(
        _("By this date the person would be %(age)s years old."),
        _("Check the year of birth. Ages from %(youngest)s to %(oldest)s are taken."),
    ),
    "post": Wording(
        _("The post is not known by this word."),
        _("Write Hiệu trưởng, Phó hiệu trưởng, Giáo viên, Văn thư or Nhân viên."),
    ),
    # --- class
    "class_missing": Wording(
        _("The school has no class of this name. It has: %(classes)s."),
        _("Write the name as the school does, or leave the cell empty."),
    ),
    "no_class_open": Wording(
        _("The school has no class open on %(day)s."),
        _("Open the classes first, or leave the cell empty."),
    ),
    "class_taken_twice": Wording(
        _("Class %(name)s stands in rows: %(rows)s."),
        _("A class has one homeroom teacher. Keep one of them."),
    ),
    "class_granted": Wording(
        _("The account already holds the teacher's role for this class from %(day)s."),
        _("End that role on the page of the class, or upload with a later day."),
    ),
    # --- posts
    "two_heads": Wording(
        _("Two heads of school %(school)s stand in rows: %(rows)s."),
        _("A school has one head. Correct the post of the other."),
    ),
    "head_on_record": Wording(
        _("The school already has a head: %(name)s."),
        _("End that post first, or give that person another post in the file."),
    ),
    # --- who it is
    "who_is_it": Wording(
        _("The date of birth and the staff code are both missing."),
        _("Fill in one of them, so that we know who it is."),
    ),
    "listed_twice": Wording(
        _("The same person stands in this school in rows: %(rows)s."), _KEEP_ONE
    ),
    "code_twice": Wording(
        _("The same staff code stands with another name or date of birth in row %(row)s."),
        _("Correct the code of one of them."),
    ),
    "code_of_another": Wording(
        _("This staff code is on record for %(name)s."),
        _("Check the code, the name and the date of birth."),
    ),
    "staff_namesakes": Wording(
        _("%(count)s people on record have this name and date of birth."),
        _("Fill in the staff code, so that we know which of them it is."),
    ),
    # --- the whole file
    "no_people": Wording(
        _("The file has headings but nobody below them."), _("Check that it is the right file.")
    ),
}


class StaffRefused(Exception):
    """A cell, row or list that cannot be taken; `code` is one of `WORDINGS`."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def words(code: str, params: dict[str, str]) -> Words:
    """(what is wrong, what to do) in the language of the reader."""
    return in_words(WORDINGS, code, params)
