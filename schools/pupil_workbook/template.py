"""The empty workbook and the invented example that a school can download."""

import io

import xlsxwriter

from .. import ethnic_groups
from .columns import COLUMNS
from .statuses import STATUSES

LISTS_SHEET = "DANH_MUC"
ROWS_WITH_CHOICES = 2000
# Invented children; the birth years fit the grade of the class.
_EXAMPLE = (
    ("Giàng A Chua", 10, "Nam", "Mông", "Bản Háng Lìa", "Giàng A Tủa", "Mùa Thị Dở"),
    ("Lò Thị Hương", 2, "Nữ", "Thái", "Bản Nà Khằm", "Lò Văn Inh", "Quàng Thị Pâng"),
    ("Phàn Lở Mẩy", 7, "Nữ", "Dao", "Bản Sin Câu", "Phàn A Sơn", ""),
)


def write_template(*, class_names):
    """An empty workbook as bytes, with lists to choose sex, group, status and class from."""
    return _write([], class_names)


def write_example(*, class_name, grade, year):
    """A small invented workbook as bytes, for a class that the school has or may have.

    Args:
        grade: a `Grade`; year: the calendar year in which the school year begins.
    """
    age = 5 + max(grade.value, 0) if grade.value > 0 else 6 + grade.value
    rows = []
    for number, (name, month, sex, group, village, father, mother) in enumerate(_EXAMPLE, 1):
        rows.append(
            {
                "number": str(number),
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
    return _write(rows, [class_name])


def _write(rows, class_names):
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    # Text keeps the leading zeros of identifiers and telephone numbers.
    text = book.add_format({"num_format": "@"})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    needed = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E5EEF7"}
    )
    sheet = book.add_worksheet("Học sinh")
    for index, column in enumerate(COLUMNS):
        sheet.set_column(index, index, column.width, text)
        sheet.write_string(0, index, column.header, needed if column.required else bold)
    for line, row in enumerate(rows, 1):
        for index, column in enumerate(COLUMNS):
            if row.get(column.key):
                sheet.write_string(line, index, row[column.key], text)
    sheet.freeze_panes(1, 0)
    _offer_choices(book, sheet, class_names, bold)
    book.close()
    return file.getvalue()


def _offer_choices(book, sheet, class_names, bold):
    choices = {
        "sex": ["Nam", "Nữ"],
        "ethnic_group": list(ethnic_groups.names().values()),
        "status": [status.name for status in STATUSES],
        "class_name": class_names,
    }
    lists = book.add_worksheet(LISTS_SHEET)
    places = {column.key: index for index, column in enumerate(COLUMNS)}
    for index, (key, values) in enumerate(choices.items()):
        lists.set_column(index, index, 26)
        lists.write_string(0, index, f"Danh mục {COLUMNS[places[key]].header}", bold)
        for line, value in enumerate(values, 1):
            lists.write_string(line, index, value)
        if values:
            letter = "ABCD"[index]
            sheet.data_validation(
                1,
                places[key],
                ROWS_WITH_CHOICES,
                places[key],
                {
                    "validate": "list",
                    "source": f"={LISTS_SHEET}!${letter}$2:${letter}${len(values) + 1}",
                    "error_type": "warning",
                },
            )
