"""The file of assigned numbers: a row for each commune and school, a column for each rate."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import BinaryIO

from django.utils.translation import gettext as _

from core.documents.spreadsheets import LIST_HEAD, LIST_TEXT, Spreadsheet
from core.workbooks import Column, Row
from schools.models import Area, School

from ..models.assigned import MOST_CHILDREN
from ..number_files import number_table, refuse, whole_number
from ..rates.variants import VARIANTS
from .selectors import Unit

ROW_LIMIT = 1_000
_FIRST = (
    Column("code", "Mã xã hoặc mã trường", ("Mã", "Mã đơn vị"), required=True),
    Column("name", "Xã, trường", ("Đơn vị", "Tên")),
)
# As the pages name the rates, shortened for a heading.
HEADINGS = {
    "mobilised_3_5": "3–5 tuổi",
    "mobilised_5": "5 tuổi",
    "mobilised_6": "6 vào lớp 1",
    "mobilised_6_10": "6–10 tuổi",
    "mobilised_into_6": "Vào lớp 6",
    "mobilised_11_14": "11–14 THCS",
    "mobilised_11_14_any": "11–14 TH, THCS",
}
COLUMNS = (*_FIRST, *(Column(code, HEADINGS.get(code, code)) for code in VARIANTS))
Given = list[tuple[Area | School, Mapping[str, int | None]]]


def write_template(units: Sequence[Unit]) -> bytes:
    """The file to fill in: what is assigned so far of the units, in their order."""
    file = io.BytesIO()
    with Spreadsheet(file, title=_("Assigned numbers")) as book:
        sheet = book.sheet(_("Assigned numbers"))
        sheet.widths(0, 0, 16, LIST_TEXT)
        sheet.widths(1, 1, 40)
        sheet.widths(2, len(COLUMNS) - 1, 14)
        sheet.row(0, [column.header for column in COLUMNS], LIST_HEAD)
        for line, unit in enumerate(units, start=1):
            sheet.text(line, 0, unit.code, LIST_TEXT)
            sheet.text(line, 1, unit.name)
            for index, code in enumerate(VARIANTS, start=2):
                if code in unit.numbers:
                    sheet.number(line, index, unit.numbers[code].children)
        sheet.freeze(1, 2)
        sheet.print_on_a4(head=(0, 0))
    return file.getvalue()


def read_numbers(file: BinaryIO, *, name: str, units: Iterable[Unit]) -> Given:
    """What a file assigns to the units; an empty cell says nothing of its number.

    Raises ValidationError with the cells that cannot be taken, each with what to do; or why the
    file as a whole cannot.
    """
    table = number_table(file, name=name, columns=COLUMNS, needed={"code"}, row_limit=ROW_LIMIT)
    by_code = {unit.code.casefold(): unit for unit in units}
    # Excel takes the zeros before a number away.
    by_code |= {code.lstrip("0"): unit for code, unit in by_code.items() if code.lstrip("0")}
    wrong: list[str] = []
    found: Given = []
    seen: dict[str, int] = {}
    for row in table.rows:
        code = row.text("code")
        numbers = _numbers(row, wrong)
        if not code:
            if numbers:
                wrong.append(
                    _("%(cell)s: write the code of the commune or school.") % _at(row, "code")
                )
            continue
        unit = by_code.get(code.casefold())
        if unit is None:
            wrong.append(
                _(
                    "%(cell)s: no commune or school of yours has the code “%(code)s”. Copy it from "
                    "the file to fill in."
                )
                % {**_at(row, "code"), "code": code[:40]}
            )
        elif unit.code in seen:
            wrong.append(
                _("%(cell)s: the code %(code)s stands in row %(row)s already. Delete one of them.")
                % {**_at(row, "code"), "code": unit.code, "row": seen[unit.code]}
            )
        else:
            seen[unit.code] = row.number
            if numbers:
                found.append((unit.school or unit.area, numbers))
    if wrong or not found:
        refuse(wrong)
    return found


def _numbers(row: Row, wrong: list[str]) -> dict[str, int]:
    found = {
        code: whole_number(row, code, MOST_CHILDREN, wrong) for code in VARIANTS if row.text(code)
    }
    return {code: number for code, number in found.items() if number is not None}


def _at(row: Row, key: str) -> dict[str, str]:
    return {"cell": row.place(key)}
