"""Which rows of a list mean a pupil, and which are totals, headings and text below it.

A pupil is never known by what is missing: a row with a name and anything else of a pupil is
one, and is refused where something is missing. A row is left out for what it is: a heading
printed again, a total, the title of one who signs, or text after the end of the list.
"""

from typing import Any

from core.vietnamese import NotADate, NotASex, parse_date, parse_sex
from core.workbooks import Row, Table, cell_text, header_key, is_office_text, is_total

from ... import ethnic_groups
from ..workbook.cells import class_key
from ..workbook.columns import COLUMNS
from ..workbook.refusals import Refused

_SPELLINGS = {
    header_key(spelling): column.key
    for column in COLUMNS
    for spelling in (column.header, *column.aliases)
}
# So many headings in one row are no accident.
_HEADINGS = 3
_NAMES = ("full_name", "family", "given")
_NUMBERS = ("ministry_id", "citizen_id")
_LONGEST_DATE = 12


def pupils_among(sheet: str, table: Table) -> tuple[list[Row], list[Row]]:
    """(rows that mean pupils, other rows) of a `Table`, each in the order of the sheet.

    Raises:
        Refused: headings in another order stand below the first ones.
    """
    told_of = {row.number: _told(row) for row in table.rows}
    classes = {
        class_key(row.value("class_name"))
        for row in table.rows
        if told_of[row.number] >= 2 and row.text("class_name")
    }
    pupils: list[Row] = []
    others: list[Row] = []
    last, is_over = table.header_row + table.header_height - 1, False
    for row in table.rows:
        if _is_heading(sheet, row, table) or _is_text(row):
            is_person = False
        else:
            told = told_of[row.number] + (class_key(row.value("class_name")) in classes)
            named = any(row.text(key) for key in _NAMES)
            is_over = is_over or row.number > last + 1
            counted = named and cell_text(row.value("number")).isdecimal()
            is_person = bool(
                told >= 2
                or (named and (told or counted or not is_over))
                or (told and not is_over and not _is_prefilled(row))
            )
        is_over = not is_person
        last = row.number
        (pupils if is_person else others).append(row)
    return pupils, others


def _told(row: Row) -> int:
    """How many cells beside the class say something that only a pupil's row says."""
    return sum(
        (
            any(sum(map(str.isdigit, row.text(key))) >= 9 for key in _NUMBERS),
            _is_date(row.value("birth_date")),
            _is_sex(row.value("sex")),
            _is_group(row.value("ethnic_group")),
        )
    )


def _is_date(value: Any) -> bool:
    if isinstance(value, str) and len(value) > _LONGEST_DATE:
        return False
    if value is None:
        return False
    try:
        parse_date(value)
    except NotADate as refusal:
        return refusal.code != "not_a_date"
    return True


def _is_sex(value: Any) -> bool:
    try:
        parse_sex("" if value is None else value)
    except NotASex:
        return False
    return True


def _is_group(value: Any) -> bool:
    text = cell_text(value)
    return bool(text) and not isinstance(value, bool) and ethnic_groups.code_of(text) is not None


def _is_prefilled(row: Row) -> bool:
    """Whether nothing but the class stands in the row, as where it was copied down."""
    return not any(row.text(key) for key in ("birth_date", "sex", "ethnic_group", *_NUMBERS))


def _is_text(row: Row) -> bool:
    """Whether the row is a total, a signature or a note, and says nothing of a person."""
    texts = list(dict.fromkeys(filter(None, map(cell_text, row.cells))))
    if not texts:
        return True
    first, class_name = texts[0], row.text("class_name")
    if is_total(first):
        return class_name in ("", first) or class_name.isdecimal()
    name = next(filter(None, map(row.text, _NAMES)), "")
    nothing_else = not any(
        row.text(key) not in ("", name) for key in ("birth_date", "sex", "ethnic_group", *_NUMBERS)
    )
    return nothing_else and (is_office_text(name or first) or is_total(name))


def _is_heading(sheet: str, row: Row, table: Table) -> bool:
    """Whether a printed list has its headings again; raises `Refused` in another order."""
    found = {
        index: key
        for index, value in enumerate(row.cells)
        if isinstance(value, str) and (key := _SPELLINGS.get(header_key(value)))
    }
    if len(found) < _HEADINGS:
        return False
    known = {place.index: key for key, place in table.places.items() if key not in _NAMES[1:]}
    if any(known.get(index, key) != key for index, key in found.items()):
        raise Refused("other_table", sheet=sheet, row=row.number)
    return True
