"""Why a cell, a row or a survey is refused, and what to do about it.

Cells that are damaged or wrong in any list are worded where pupils are read.
"""

from django.utils.translation import gettext_lazy as _

from core.wordings import Wording, Words, in_words
from schools.pupil_import.workbook.refusals import PROBLEMS

WORDINGS = PROBLEMS | {
    # --- cells
    "birth_year": Wording(
        _("This is no year of birth from 1900 to %(year)s, the year of the survey."),
        _("Write the year with four digits, for example 2015."),
    ),
    "too_old_to_keep": Wording(
        _("Nobody older than %(oldest)s years is kept."), _("Check the year of birth.")
    ),
    "day_or_month_missing": Wording(
        _("Of day and month one is missing."),
        _("Write both, or leave both empty when the family does not know them."),
    ),
    "no_such_birthday": Wording(
        _("The calendar has no such day: %(day)s/%(month)s/%(year)s."),
        _("Check the columns Ngày, Tháng and Năm sinh; the day stands before the month."),
    ),
    "cross": Wording(_("Only X is meant here."), _("Write X, or leave the cell empty.")),
    "survey_sex": Wording(
        _("Only X is meant here."), _("Write X for a girl or woman, nothing for a boy or man.")
    ),
    "residence": Wording(
        _("The kind of residence is not known by this word."),
        _("Write Thường trú or Tạm trú."),
    ),
    "presence": Wording(
        _("The residence status is not known by this word."),
        _("Write Đang ở, Chuyển đến, Chuyển đi or Chết."),
    ),
    "survey_level": Wording(
        _("The level is not known by this word."), _("Write MN, TH, THCS or THPT.")
    ),
    "survey_year": Wording(
        _("This is no year from 1900 to %(year)s, the year of the survey."),
        _("Write the year with four digits, or leave the cell empty."),
    ),
    "small_number": Wording(
        _("Only a whole number from 1 to %(most)s is meant here."),
        _("Write the number alone, or leave the cell empty."),
    ),
    "can_learn": Wording(
        _("The ability to learn is not known by this word."), _("Write Có or Không.")
    ),
    "unable_without_disability": Wording(
        _("Nobody is unable to learn without a disability."),
        _("Mark the kind of disability with X, or write Có."),
    ),
    "both_studies_and_dropped": Wording(
        _("The person attends a grade and has dropped out as well."),
        _("Empty Khối học, or Bỏ học lớp."),
    ),
    # --- who it is
    "survey_listed_twice": Wording(
        _("The same person stands in rows: %(rows)s."),
        _("Keep one row. If they are two people, fill in the personal numbers of both."),
    ),
    "number_twice": Wording(
        _("The same personal number stands in rows: %(rows)s."), _("Correct one of them.")
    ),
    "number_of_another": Wording(
        _("This personal number is on record for %(name)s."),
        _("Check the number, the name and the date of birth."),
    ),
    "survey_namesakes": Wording(
        _("%(count)s people on record have this name and date of birth."),
        _("Fill in the form number of last year, or the personal number."),
    ),
    # --- the whole file
    "no_persons": Wording(
        _("The file has headings but nobody below them."), _("Check that it is the right file.")
    ),
}


class SurveyRefused(Exception):
    """A cell, row or survey that cannot be taken; `code` is one of `WORDINGS`."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def words(code: str, params: dict[str, str]) -> Words:
    """(what is wrong, what to do) in the language of the reader."""
    return in_words(WORDINGS, code, params)
