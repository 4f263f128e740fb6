"""The empty staff list and an invented example, to be downloaded."""

import io
from collections.abc import Sequence

from django.utils.translation import gettext as _

from core.documents.lists import NEEDED_HEAD, Choices, offer_choices
from core.documents.spreadsheets import LIST_HEAD, LIST_TEXT, Spreadsheet

from ..models import PostKind
from .columns import COLUMNS

ROWS_WITH_CHOICES = 2000
POST_WORDS = {
    PostKind.HEAD: "Hiệu trưởng",
    PostKind.DEPUTY_HEAD: "Phó hiệu trưởng",
    PostKind.TEACHER: "Giáo viên",
    PostKind.CLERK: "Văn thư",
    PostKind.OTHER: "Nhân viên",
}
# Invented people.
_EXAMPLE = (
    ("1200000901", "Phạm Văn Sơn", "12/04/1975", "Nam", "0912000901", PostKind.HEAD),
    ("1200000902", "Tẩn Lở Mẩy", "03/09/1988", "Nữ", "0912000902", PostKind.TEACHER),
    ("", "Giàng A Páo", "21/01/1992", "Nam", "", PostKind.TEACHER),
)


def write_template(
    *, school_codes: Sequence[str], class_names: Sequence[str], example: bool = False
) -> bytes:
    """The empty workbook (with `example` three invented people), with lists to choose from."""
    title = _("Staff list, example") if example else _("Staff list, empty")
    choices = {
        "sex": ["Nam", "Nữ"],
        "post": list(POST_WORDS.values()),
        "school_code": school_codes,
        "homeroom": class_names,
    }
    places = {column.key: index for index, column in enumerate(COLUMNS)}
    offered = [
        Choices(f"Danh mục {COLUMNS[places[key]].header}", values, places[key])
        for key, values in choices.items()
    ]
    file = io.BytesIO()
    with Spreadsheet(file, title=title) as book:
        sheet = book.sheet("Nhân sự")
        for index, column in enumerate(COLUMNS):
            sheet.widths(index, index, column.width, LIST_TEXT)
            sheet.text(0, index, column.header, NEEDED_HEAD if column.required else LIST_HEAD)
        if example:
            for line, row in enumerate(_example_rows(school_codes, class_names), 1):
                for index, value in enumerate(row):
                    if value:
                        sheet.text(line, index, value, LIST_TEXT)
        sheet.freeze(1)
        offer_choices(book, sheet, offered, rows=(1, ROWS_WITH_CHOICES))
    return file.getvalue()


def _example_rows(school_codes: Sequence[str], class_names: Sequence[str]) -> list[list[str]]:
    school = school_codes[0] if school_codes else ""
    classes = ["", *class_names[:2], "", ""]
    return [
        [code, name, born, sex, phone, "", school, POST_WORDS[kind], classes[number]]
        for number, (code, name, born, sex, phone, kind) in enumerate(_EXAMPLE)
    ]
