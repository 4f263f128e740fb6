"""The empty workbook of a survey and an invented example, to be downloaded."""

import io
from collections.abc import Sequence

from django.utils.translation import gettext as _

from core.documents.lists import NEEDED_HEAD, Choices, offer_choices
from core.documents.spreadsheets import LIST_HEAD, LIST_TEXT, Spreadsheet
from schools import ethnic_groups

from .columns import COLUMNS, DISABILITIES

ROWS_WITH_CHOICES = 2000
# Invented people.
_EXAMPLE: tuple[dict[str, str], ...] = (
    {"last_name": "Giàng A", "given_name": "Tủa", "day": "12", "month": "4", "year": "1985"},
    {
        "last_name": "Giàng Thị",
        "given_name": "Mỷ",
        "day": "3",
        "month": "9",
        "year": "2015",
        "female": "X",
        "grade": "5",
        "class_name": "5A1",
        "school_name": "PTDTBT TH Háng Lìa",
    },
    {"last_name": "Giàng A", "given_name": "Páo", "day": "21", "month": "1", "year": "2020"},
)


def write_template(*, villages: Sequence[str], example: bool = False) -> bytes:
    """The empty workbook (with `example` an invented household), with lists to choose from."""
    title = _("Survey, example") if example else _("Survey, empty")
    crosses = {key: ["X"] for key in ("female", *(key for key, _header in DISABILITIES))}
    choices: dict[str, Sequence[str]] = {
        "village": villages,
        "ethnic_group": list(ethnic_groups.names().values()),
        "residence": ["Thường trú", "Tạm trú"],
        "presence": ["Đang ở", "Chuyển đến", "Chuyển đi", "Chết"],
        "finished_level": ["MN", "TH", "THCS", "THPT"],
        "can_learn": ["Có", "Không"],
    } | crosses
    places = {column.key: index for index, column in enumerate(COLUMNS)}
    offered = [
        Choices(f"Danh mục {COLUMNS[places[key]].header}", values, places[key])
        for key, values in choices.items()
    ]
    file = io.BytesIO()
    with Spreadsheet(file, title=title) as book:
        sheet = book.sheet("DATA")
        for index, column in enumerate(COLUMNS):
            sheet.widths(index, index, column.width, LIST_TEXT)
            sheet.text(0, index, column.header, NEEDED_HEAD if column.required else LIST_HEAD)
        if example:
            household = {
                "village": villages[0] if villages else "Háng Lìa",
                "ethnic_group": "Mông",
                "head_last_name": "Giàng A",
                "head_given_name": "Tủa",
                "form_number": "001",
                "residence": "Thường trú",
                "presence": "Đang ở",
            }
            for line, person in enumerate(_EXAMPLE, 1):
                for key, value in (household | person).items():
                    sheet.text(line, places[key], value, LIST_TEXT)
        sheet.freeze(1)
        offer_choices(book, sheet, offered, rows=(1, ROWS_WITH_CHOICES))
    return file.getvalue()
