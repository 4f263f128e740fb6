"""The rows of an uploaded staff list that describe people, and what their cells say."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.workbooks import (
    Limits,
    Row,
    Table,
    cell_text,
    find_table,
    header_key,
    is_office_text,
    is_total,
    open_workbook,
)
from core.workbooks.lists import ListLine, ListSource
from schools.directory.selectors.school_codes import school_code_of

from ...workbook import cells
from ...workbook.columns import COLUMNS, KEYS, UNMENTIONED
from ...workbook.refusals import StaffRefused

ROW_LIMIT = 20_000
ROWS_BESIDE = 2_000  # headings, totals and lists of codes on other sheets
# So many headings in one row are no accident.
_HEADINGS = 3
_SPELLINGS = {header_key(each) for column in COLUMNS for each in (column.header, *column.aliases)}


@dataclass
class StaffLine(ListLine):
    """A row of the list."""

    @property
    def name(self) -> str:
        """The name, as far as there is one."""
        return str(self.values.get("full_name") or self.text("full_name"))


class StaffSource(ListSource[StaffLine]):
    """What was read of a staff list."""


def read_source(path: str, *, on: datetime.date, needs_school: bool) -> StaffSource:
    """Read the workbook at `path`.

    Args:
        on: the day on which ages count.
        needs_school: whether the list must have the column of school codes.

    Raises:
        WorkbookRefused: not a sound workbook, or more than ROW_LIMIT rows on a sheet.
        StaffRefused: no heading, a needed column missing, a column twice, nobody in it.
    """
    source = StaffSource()
    for sheet in open_workbook(path, limits=Limits(rows=ROW_LIMIT + ROWS_BESIDE)).sheets:
        table = None if sheet.hidden else find_table(sheet, COLUMNS, max_rows=ROW_LIMIT)
        if table is None or not ({"full_name", "staff_code"} & set(table.places)):
            source.other_sheets.append(sheet.name)
            continue
        _take_sheet(source, sheet.name, table, on=on, needs_school=needs_school)
    if not source.tables:
        raise StaffRefused("no_header")
    if not source.lines:
        raise StaffRefused("no_people")
    return source


def _take_sheet(
    source: StaffSource, sheet: str, table: Table, *, on: datetime.date, needs_school: bool
) -> None:
    missing = [column.header for column in table.missing]
    if needs_school and "school_code" not in table.places:
        missing.append(next(c.header for c in COLUMNS if c.key == "school_code"))
    if missing:
        raise StaffRefused("columns_missing", sheet=sheet, columns=", ".join(missing))
    people = source.take(
        sheet, table, is_row=_is_person, refused=StaffRefused, unmentioned=UNMENTIONED
    )
    source.lines += [_read(sheet, row, on) for row in people]


def _is_person(row: Row) -> bool:
    """A row is left out for what it is: headings again, a total, a signature; else it counts."""
    texts = [cell_text(cell) for cell in row.cells]
    if sum(header_key(text) in _SPELLINGS for text in texts if text) >= _HEADINGS:
        return False
    known = [key for key in KEYS if row.text(key)]
    if not known:
        return False
    if len(known) > 1:
        return True
    return not any(is_total(text) or is_office_text(text) for text in texts if text)


def _read(sheet: str, row: Row, on: datetime.date) -> StaffLine:
    line = StaffLine(sheet, row.number, row)
    readers: dict[str, Callable[[Any], Any]] = {
        "full_name": cells.name_of,
        "birth_date": lambda value: cells.birth_date_of(value, on=on),
        "sex": cells.sex_of,
        "phone": cells.phone_of,
        "email": cells.email_of,
        "staff_code": cells.code_of,
        "school_code": school_code_of,
        "post": cells.post_of,
        "homeroom": cell_text,
    }
    for key, read in readers.items():
        place = row.places.get(key)
        try:
            if place is not None:
                cells.require_typed(key, row.raw(place.index))
            line.values[key] = read(row.value(key))
        except StaffRefused as refusal:
            line.refuse(key, refusal.code, **refusal.params)
    return line
