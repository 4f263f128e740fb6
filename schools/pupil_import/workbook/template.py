"""The empty workbook and the invented example that a school can download."""

import io
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from core.documents.lists import NEEDED_HEAD, Choices, offer_choices
from core.documents.spreadsheets import LIST_HEAD, LIST_TEXT, Sheet, Spreadsheet

from ... import ethnic_groups
from ...enums import Grade
from .columns import COLUMNS, PupilColumn
from .statuses import STATUSES

ROWS_WITH_CHOICES = 2000
# Invented children; the birth years fit the grade of the class.
_EXAMPLE = (
    ("Giàng A Chua", 10, "Nam", "Mông", "Bản Háng Lìa", "Giàng A Tủa", "Mùa Thị Dở"),
    ("Lò Thị Hương", 2, "Nữ", "Thái", "Bản Nà Khằm", "Lò Văn Inh", "Quàng Thị Pâng"),
    ("Phàn Lở Mẩy", 7, "Nữ", "Dao", "Bản Sin Câu", "Phàn A Sơn", ""),
)


def write_template(*, class_names: Sequence[str] = (), school_codes: Sequence[str] = ()) -> bytes:
    """An empty workbook as bytes, with lists to choose sex, group, status and class from.

    With `school_codes` it is one of many schools, of which each row names its own.
    """
    return _write([], class_names, school_codes, _("Pupil list, empty"))


def write_example(*, class_name: str, grade: Grade, year: int, school_code: str = "") -> bytes:
    """A small invented workbook as bytes, for a class that the school has or may have.

    Args:
        year: the calendar year in which the school year begins.
        school_code: of a list of many schools: a school that the reader enters pupils for.
    """
    age = 5 + max(grade.value, 0) if grade.value > 0 else 6 + grade.value
    rows = []
    for number, (name, month, sex, group, village, father, mother) in enumerate(_EXAMPLE, 1):
        rows.append(
            {
                "number": str(number),
                "school_code": school_code,
                "full_name": name,
                "birth_date": f"{4 + number:02}/{month:02}/{year - age}",
                "sex": sex,
                "ethnic_group": group,
                "status": STATUSES[0].name,
                "village": village,
                "father": father,
                "mother": mother,
                "class_name": class_name,
                "grade": str(grade.label),
            }
        )
    codes = [school_code] if school_code else []
    return _write(rows, [class_name], codes, _("Pupil list, example"))


def _write(
    rows: Sequence[Mapping[str, str]],
    class_names: Sequence[str],
    school_codes: Sequence[str],
    title: str,
) -> bytes:
    columns = [
        each for each in COLUMNS if not each.own and (school_codes or each.key != "school_code")
    ]
    needed = {"school_code", *(each.key for each in columns if each.required)}
    file = io.BytesIO()
    with Spreadsheet(file, title=title) as book:
        sheet = book.sheet("Học sinh")
        for index, column in enumerate(columns):
            sheet.widths(index, index, column.width, LIST_TEXT)
            sheet.text(0, index, column.header, NEEDED_HEAD if column.key in needed else LIST_HEAD)
        for line, row in enumerate(rows, 1):
            for index, column in enumerate(columns):
                if row.get(column.key):
                    sheet.text(line, index, row[column.key], LIST_TEXT)
        sheet.freeze(1)
        _offer_choices(book, sheet, columns, class_names, school_codes)
    return file.getvalue()


def _offer_choices(
    book: Spreadsheet,
    sheet: Sheet,
    columns: Sequence[PupilColumn],
    class_names: Sequence[str],
    school_codes: Sequence[str],
) -> None:
    choices = {
        "school_code": list(school_codes),
        "sex": ["Nam", "Nữ"],
        "ethnic_group": list(ethnic_groups.names().values()),
        "status": [status.name for status in STATUSES],
        "class_name": list(class_names),
    }
    places = {column.key: index for index, column in enumerate(columns)}
    offered = [
        Choices(f"Danh mục {columns[places[key]].header}", values, places[key])
        for key, values in choices.items()
        if values
    ]
    offer_choices(book, sheet, offered, rows=(1, ROWS_WITH_CHOICES))
