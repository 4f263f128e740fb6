"""The file of literacy totals of a commune: a row for each group of ages, three numbers."""

import io
import re
from collections.abc import Mapping, Sequence
from typing import BinaryIO

from django.utils.translation import gettext as _

from core.documents.spreadsheets import LIST_HEAD, LIST_TEXT, Spreadsheet
from core.workbooks import Column, Row

from ..models import LiteracyTotal
from ..models.literacy import MOST_PEOPLE
from ..number_files import number_table, refuse, whole_number
from .services import Band, Numbers

ROW_LIMIT = 100
PARTS = ("people", "level_1", "level_2")
COLUMNS = (
    Column("ages", "Nhóm tuổi", ("Độ tuổi",), required=True),
    Column("people", "Số người", ("Tổng số người", "Tổng số")),
    Column("level_1", "Biết chữ mức độ 1", ("Mức độ 1", "Mức 1")),
    Column("level_2", "Biết chữ mức độ 2", ("Mức độ 2", "Mức 2")),
)
_AGES = re.compile(r"\D*(\d{1,3})\D+(\d{1,3})\D*")


def write_template(bands: Sequence[Band], known: Mapping[Band, LiteracyTotal]) -> bytes:
    """The file to fill in, with what is entered so far."""
    file = io.BytesIO()
    with Spreadsheet(file, title=_("Literate adults")) as book:
        sheet = book.sheet("Biết chữ")
        # As text, else "15–25" might become a date.
        sheet.widths(0, 0, 14, LIST_TEXT)
        sheet.widths(1, len(COLUMNS) - 1, 20)
        sheet.row(0, [column.header for column in COLUMNS], LIST_HEAD)
        for line, band in enumerate(bands, start=1):
            sheet.text(line, 0, f"{band[0]}–{band[1]}", LIST_TEXT)
            for index, part in enumerate(PARTS, start=1):
                if band in known:
                    sheet.number(line, index, getattr(known[band], part))
        sheet.freeze(1, 1)
        sheet.print_on_a4(head=(0, 0))
    return file.getvalue()


def read_totals(file: BinaryIO, *, name: str, bands: Sequence[Band]) -> dict[Band, Numbers]:
    """What a file says of groups of ages; a row without numbers says nothing.

    Raises ValidationError with the cells that cannot be taken, each with what to do; or why the
    file as a whole cannot.
    """
    table = number_table(
        file, name=name, columns=COLUMNS, needed={"ages", *PARTS}, row_limit=ROW_LIMIT
    )
    wrong: list[str] = []
    found: dict[Band, Numbers] = {}
    for row in table.rows:
        if not any(row.text(part) for part in PARTS):
            continue
        band = _band(row, bands, found, wrong)
        numbers = _numbers(row, wrong)
        if band is not None and numbers is not None:
            found[band] = numbers
    if wrong or not found:
        refuse(wrong)
    return found


def _band(
    row: Row, bands: Sequence[Band], found: Mapping[Band, Numbers], wrong: list[str]
) -> Band | None:
    ages = _AGES.fullmatch(row.text("ages"))
    band = (int(ages[1]), int(ages[2])) if ages else None
    if band not in bands:
        wrong.append(
            _("%(cell)s: write one of the groups of ages %(bands)s.")
            % {"cell": row.place("ages"), "bands": ", ".join(f"{a}–{b}" for a, b in bands)}
        )
        return None
    if band in found:
        wrong.append(
            _("%(cell)s: this group of ages stands there twice. Delete one of the rows.")
            % {"cell": row.place("ages")}
        )
        return None
    return band


def _numbers(row: Row, wrong: list[str]) -> Numbers | None:
    people, level_1, level_2 = (whole_number(row, part, MOST_PEOPLE, wrong) for part in PARTS)
    if people is None or level_1 is None or level_2 is None:
        return None
    if not level_2 <= level_1 <= people:
        wrong.append(
            _("%(cell)s: more people are literate than there are, or at level 2 than at level 1.")
            % {"cell": row.place("people")}
        )
        return None
    return people, level_1, level_2
