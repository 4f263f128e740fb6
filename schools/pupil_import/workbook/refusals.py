"""Why a cell, a row or a file is refused, and what to do about it: the whole list.

A refusal is kept as its code and parameters and put into words when it is read, so that
everybody reads it in the language of the page.
"""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core import wordings
from core.wordings import Wording, Words
from core.workbooks import WorkbookRefused

# A cell that is no longer as somebody typed it, in any workbook.
CONVERSIONS = {
    "old_font": Wording(
        _("The text is in an old font (TCVN3, VNI) or was damaged.%(reading)s"),
        _(
            "Convert the whole file to Unicode with UniKey (Ctrl + Shift + F6), or type the text "
            "again."
        ),
    ),
    "formula_without_value": Wording(
        _("The cell has a formula whose result was not saved."),
        _("Open the file in Excel, save it and upload it again, or type the value."),
    ),
    "formula_failed": Wording(
        _("The formula of this cell has failed: %(shown)s."), _("Type the value itself.")
    ),
    "became_date": Wording(
        _("Excel has made a date or a time of what was typed: %(shown)s."),
        _("Format the column as Text, then type it again."),
    ),
    "became_boolean": Wording(
        _("Excel has made TRUE or FALSE of what was typed."),
        _("Format the column as Text, then type it again."),
    ),
    "became_percent": Wording(
        _("Excel shows this cell as a percentage: %(shown)s."),
        _("Format the column as Text, then type it again."),
    ),
    "digits_lost": Wording(
        _("Excel has rounded the number (%(shown)s): its last digits are gone."),
        _("Format the column as Text, then type the whole number again."),
    ),
}

# A code that names no school of the list, in any list of many schools.
SCHOOL_CODES = {
    "school_missing": Wording(
        _("The school code is missing."), _("Fill in the ministry's code of the school.")
    ),
    "school_unknown": Wording(
        _("No school has this code."),
        _("Check the code; the page of a school shows it beside its name."),
    ),
    "school_outside": Wording(
        _("The school of this code is not one of yours."),
        _("Check the code, or take the row out: who keeps that school enters it."),
    ),
    "school_ended": Wording(
        _("%(school)s has been closed since %(day)s."),
        _("Write the code of the school that took its place, or upload with an earlier day."),
    ),
    "school_not_open": Wording(
        _("%(school)s opens on %(day)s only."),
        _("Upload with that day or a later one, or correct the day on which the school opened."),
    ),
    "school_other": Wording(
        _("This is the code of another school than %(school)s."),
        _("Take the row out, or ask the province to enter the list of all schools."),
    ),
}

# Of a cell or a school code in any list.
SHARED = CONVERSIONS | SCHOOL_CODES

WORDINGS = SHARED | {
    # --- cells
    "class_number": Wording(
        _("Excel holds this class for the number %(shown)s: 6.1 and 6.10 are the same to it."),
        _("Format the column as Text, then type the class again."),
    ),
    "blank": Wording(_("The cell is empty."), _("Fill it in.")),
    "too_long": Wording(_("The text has more than %(limit)s characters."), _("Shorten it.")),
    "not_a_name": Wording(
        _("This does not look like a name."),
        _("Write family name and given name in letters, without digits or signs."),
    ),
    "not_a_date": Wording(
        _("This is not a date."), _("Write day/month/year, for example 05/09/2015.")
    ),
    "no_such_day": Wording(
        _("The calendar has no such day."),
        _("Write the day before the month: 05/09/2015 is 5 September."),
    ),
    "incomplete": Wording(
        _("The date is not whole."), _("Write day/month/year, for example 05/09/2015.")
    ),
    "two_digit_year": Wording(
        _("The year has two digits only."),
        _("Write the year with four digits, for example 05/09/2015."),
    ),
    "age": Wording(
        _("By this date the pupil would be %(age)s years old."),
        _(
            "Check the year of birth. Ages from %(youngest)s to %(oldest)s are taken; the rest of "
            "the list is not affected."
        ),
    ),
    "not_born": Wording(_("This date lies in the future."), _("Check the date of birth.")),
    "sex": Wording(_("The sex is not known by this word."), _("Write Nam or Nữ.")),
    "ethnic_group": Wording(
        _("The ethnic group is not on the list of the 54."),
        _("Write its official name, for example Mông, Thái, Dao, Hà Nhì, Kinh."),
    ),
    "status": Wording(
        _("The status is not known by this word."),
        _("Choose one of the ministry's 12, for example Đang học, Chuyển đi kỳ 1."),
    ),
    "phone": Wording(
        _("This is no telephone number."),
        _("Write 9 to 11 digits, for example 0912345678, or leave it empty."),
    ),
    "ministry_id": Wording(
        _("The ministry identifier must have exactly 10 digits."),
        _("Format the column as text and copy the identifier again, or leave it empty."),
    ),
    "citizen_id": Wording(
        _("The personal number must have exactly 12 digits."),
        _("Format the column as text and copy the number again, or leave it empty."),
    ),
    # --- class and grade
    "unknown_class": Wording(
        _("The school has no class of this name in school year %(year)s. It has: %(classes)s."),
        _("Write the name as the school does, or tick “Create the classes that are missing”."),
    ),
    "no_classes": Wording(
        _("The school has no class yet in school year %(year)s."),
        _("Tick “Create the classes that are missing” when you upload, or add the class first."),
    ),
    "two_classes": Wording(
        _("Two classes of the school have this name, apart from case and spaces."),
        _("Give one of the two classes another name first."),
    ),
    "grade": Wording(
        _("The grade is not known by this word."),
        _("Write 1 to 12; in preschool Nhà trẻ, 3 tuổi, 4 tuổi or 5 tuổi."),
    ),
    "grade_needed": Wording(
        _("The class joins several grades (%(grades)s)."),
        _("Fill in the grade of this pupil."),
    ),
    "grade_of_class": Wording(
        _("The class does not teach this grade, only: %(grades)s."),
        _("Correct the grade or the class."),
    ),
    "new_class_grade": Wording(
        _("The class is new, and the grade that tells what it teaches is missing."),
        _("Fill in the grade."),
    ),
    "new_class_grades": Wording(
        _("The new class would join the grades %(grades)s, which no class may."),
        _("A class joins at most three grades, all of one education level. Correct the grades."),
    ),
    "new_class_level": Wording(
        _("The school does not teach this education level: %(level)s."),
        _("Correct the grade, or ask for the level to be added to the school."),
    ),
    "new_class_name": Wording(
        _("A class name has at most %(limit)s characters."), _("Shorten the class name.")
    ),
    "no_site": Wording(
        _("The school has no main site on which a new class could be put."),
        _("Add the main site of the school first."),
    ),
    # --- who it is
    "number_twice": Wording(
        _("The same number stands in rows: %(rows)s."),
        _("Keep one of them, or correct the number of the other pupil."),
    ),
    "pupil_twice": Wording(
        _("The same name and date of birth stand in rows: %(rows)s."),
        _("If it is one pupil, keep one row. If they are two, fill in both identifiers."),
    ),
    "same_record": Wording(
        _("Several rows mean one and the same pupil on record: %(rows)s."),
        _("If it is one pupil, keep one row. If they are two, fill in both identifiers."),
    ),
    "namesakes": Wording(
        _("%(count)s pupils of the school have this name and date of birth."),
        _("Fill in the identifier, so that we know which of them it is."),
    ),
    "similar_name": Wording(
        _("The school has a pupil of almost this name with the same date of birth."),
        _("If it is the same pupil, write the same name. If not, fill in both identifiers."),
    ),
    "numbers_disagree": Wording(
        _("The two numbers of this row belong to two different pupils on record."),
        _("Check both numbers."),
    ),
    "another_pupil": Wording(
        _("This number is on record for a pupil with another name or date of birth."),
        _("Check the number, the name and the date of birth."),
    ),
    "record": Wording(
        _("No pupil of the school has this record number with this name and date of birth."),
        _("Empty the cell, or copy the whole row from the exported list again."),
    ),
    "number_twice_at": Wording(
        _("The same number stands in rows of two schools: %(rows)s."),
        _(
            "Keep the row of the school where the child is now. Of a child who moves, upload the "
            "leaving first and the coming after it."
        ),
    ),
    "same_record_at": Wording(
        _("Rows of two schools mean one and the same pupil on record: %(rows)s."),
        _(
            "Keep the row of the school where the child is now. Of a child who moves, upload the "
            "leaving first and the coming after it."
        ),
    ),
    # --- on the roll
    "enrolled_elsewhere": Wording(
        _("The pupil is still on the roll of another school."),
        _("Ask that school to let the pupil leave, then upload again; or remove the row."),
    ),
    "on_roll_later": Wording(
        _("The pupil comes onto the roll of another class on %(date)s already."),
        _("Upload with that day or a later one."),
    ),
    "leaves_too_early": Wording(
        _("The pupil came onto the roll on %(date)s and cannot leave by then."),
        _("Upload with a later day."),
    ),
    # --- a school year that is over
    "year_was_kept": Wording(
        _("%(school)s kept its rolls of school year %(year)s here."),
        _("Take its rows out: what was kept is not written over."),
    ),
    "on_roll_then": Wording(
        _("In that school year the pupil was in class %(name)s from %(first)s."),
        _("Take the row out, or correct the pupil or the class."),
    ),
    "on_roll_elsewhere_then": Wording(
        _("In that school year the pupil was on the roll of another school."),
        _("Take the row out, or check the numbers of the pupil."),
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
    "other_table": Wording(
        _(
            "Row %(row)s of sheet “%(sheet)s” has column headings again, in another order than "
            "above."
        ),
        _("Put the second table on a sheet of its own, or bring its columns into the same order."),
    ),
    "no_rows": Wording(
        _("The file has headings but no pupil below them."),
        _("Check that it is the right file."),
    ),
    "file_altered": Wording(
        _("The stored file is no longer the one that was uploaded."), _("Upload it again.")
    ),
    "registers_locked": Wording(
        _("Nothing was saved. %(why)s"),
        _("Or let the change begin after that month, and upload the file again."),
    ),
    "crashed": Wording(
        _("The work stopped because of a fault of ours. Nothing was saved."),
        _("Press “Check again”. If it stops again, tell your administrator the time."),
    ),
}


# What may be wrong with a whole file: with what `core.workbooks` says, both in one sentence.
PROBLEMS = {code: Wording(text) for code, text in WorkbookRefused.MESSAGES.items()} | WORDINGS


class Refused(ValidationError):
    """A cell, row or file that cannot be taken; carries a code of `WORDINGS`.

    `column` is set where the refused cell is not in the column that was asked for.
    """

    column = ""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(WORDINGS[code].what, code=code, params=params)


def in_words(code: str, params: Mapping[str, Any]) -> Words:
    """(what is wrong, what to do) as `Words` of the current language; `remedy` may be ""."""
    return wordings.in_words(PROBLEMS, code, params)
