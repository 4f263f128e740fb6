"""The file of literacy totals of a commune: a row for each group of ages, three numbers."""

import io
import re
from collections.abc import Mapping, Sequence
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.documents.spreadsheets import LIST_HEAD, LIST_TEXT, Spreadsheet
from core.workbooks import Column, Limits, Row, Table, WorkbookRefused, find_table, open_workbook

from ..models import LiteracyTotal
from ..models.literacy import MOST_PEOPLE
from .services import Band, Numbers

ROW_LIMIT = 100
BYTES_LIMIT = 1024 * 1024
PARTS = ("people", "level_1", "level_2")
COLUMNS = (
    Column("ages", "Nhóm tuổi", ("Độ tuổi",), required=True),
    Column("people", "Số người", ("Tổng số người", "Tổng số")),
    Column("level_1", "Biết chữ mức độ 1", ("Mức độ 1", "Mức 1")),
    Column("level_2", "Biết chữ mức độ 2", ("Mức độ 2", "Mức 2")),
)
_AGES = re.compile(r"\D*(\d{1,3})\D+(\d{1,3})\D*")
_WHOLE = re.compile(r"\d{1,9}")
_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3})+")


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
    try:
        table = _table(file, name)
    except WorkbookRefused as refused:
        raise ValidationError(str(refused)) from refused
    wrong: list[str] = []
    found: dict[Band, Numbers] = {}
    for row in table.rows:
        texts = [row.text(part) for part in PARTS]
        if not any(texts):
            continue
        band = _band(row, bands, found, wrong)
        numbers = _numbers(row, texts, wrong)
        if band is not None and numbers is not None:
            found[band] = numbers
    if wrong:
        raise ValidationError(wrong)
    if not found:
        raise ValidationError(
            _("The file holds no number. Fill in at least one and upload it again.")
        )
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


def _numbers(row: Row, texts: Sequence[str], wrong: list[str]) -> Numbers | None:
    values: list[int] = []
    for part, text in zip(PARTS, texts, strict=True):
        digits = text.replace(".", "") if _GROUPED.fullmatch(text) else text
        if not _WHOLE.fullmatch(digits) or int(digits) > MOST_PEOPLE:
            wrong.append(
                _("%(cell)s: “%(text)s” is no whole number from 0 to %(most)s.")
                % {"cell": row.place(part), "text": text[:40], "most": MOST_PEOPLE}
            )
        else:
            values.append(int(digits))
    if len(values) < len(PARTS):
        return None
    people, level_1, level_2 = values
    if not level_2 <= level_1 <= people:
        wrong.append(
            _("%(cell)s: more people are literate than there are, or at level 2 than at level 1.")
            % {"cell": row.place("people")}
        )
        return None
    return people, level_1, level_2


def _table(file: BinaryIO, name: str) -> Table:
    limits = Limits(bytes=BYTES_LIMIT, rows=2 * ROW_LIMIT)
    for sheet in open_workbook(file, name=name, limits=limits).sheets:
        table = None if sheet.hidden else find_table(sheet, COLUMNS, max_rows=ROW_LIMIT)
        if table is None or not {"ages", *PARTS} <= set(table.places):
            continue
        for key, places in table.duplicated.items():
            raise ValidationError(
                _("The column “%(name)s” stands twice (%(first)s, %(second)s). Delete one of them.")
                % {
                    "name": next(each.header for each in COLUMNS if each.key == key),
                    "first": places[0].letter,
                    "second": places[1].letter,
                }
            )
        return table
    raise ValidationError(
        _("No table with the column “%(name)s” was found. Fill in the file that is offered here.")
        % {"name": COLUMNS[0].header}
    )
