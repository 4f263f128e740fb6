"""The rows of an uploaded workbook that describe pupils, from whichever sheets have them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import tablib

from core.workbooks import (
    Limits,
    Place,
    Row,
    Sheet,
    Table,
    cell_text,
    find_table,
    header_key,
    open_workbook,
    require_headings,
)

from ..workbook.cells import require_as_typed
from ..workbook.columns import BY_KEY, COLUMNS, KEPT, NAME_PARTS, REQUIRED, UNMENTIONED
from ..workbook.refusals import Refused
from .pupil_rows import pupils_among

ROW_LIMIT = 20_000  # of the list of one school, on a sheet
ROW_LIMIT_OF_MANY = 50_000  # of a list of many schools, on all sheets together
ROWS_BESIDE = 5_000  # headings, totals and lists of codes on other sheets
VALUE_SHOWN = 100


@dataclass(frozen=True)
class SourceRow:
    """A row of the file: its sheet, its number as Excel shows it, its cells by column key.

    `values` are all cells of the row, for the marked-up copy; `refusals` the (column key,
    `Refused`) of cells that are no longer as they were typed.
    """

    sheet: str
    number: int
    cells: dict[str, Any]
    values: Sequence[Any]
    refusals: list[tuple[str, Refused]] = field(default_factory=list)

    @property
    def place(self) -> tuple[str, int]:
        """(sheet, row number)."""
        return self.sheet, self.number

    def text(self, key: str) -> str:
        """A cell as text, shortened; "" for a column the file does not have."""
        return cell_text(self.cells.get(key))[:VALUE_SHOWN]


@dataclass
class Source:
    """What was read: rows, tables by sheet, and what was left aside.

    `left_out`: (sheet, row number, text) of rows that mean nobody; `hidden`: (sheet, row
    number, name) of pupils in rows that are hidden in Excel; `hidden_columns`: (sheet, heading)
    of hidden columns that are read.
    """

    rows: list[SourceRow] = field(default_factory=list)
    tables: dict[str, Table] = field(default_factory=dict)
    other_sheets: list[str] = field(default_factory=list)
    unused_columns: list[str] = field(default_factory=list)
    left_out: list[tuple[str, int, str]] = field(default_factory=list)
    hidden: list[tuple[str, int, str]] = field(default_factory=list)
    hidden_columns: list[tuple[str, str]] = field(default_factory=list)

    def column(self, sheet: str, key: str) -> tuple[str, str]:
        """(letter, heading as written) of a column of a sheet; the letter "" when it has none."""
        place = self.tables[sheet].places.get(key)
        if place is None:
            return "", BY_KEY[key].header if key in BY_KEY else ""
        return place.letter, place.text


def dataset_of(rows: Sequence[SourceRow]) -> tablib.Dataset:
    """The cells as a tablib Dataset whose headers are column keys."""
    dataset = tablib.Dataset(headers=list(KEPT))
    for row in rows:
        dataset.append([row.cells[key] for key in KEPT])
    return dataset


def read_source(path: str, *, of_many: bool = False) -> Source:
    """Read the workbook at `path`.

    Args:
        of_many: whether it is a list of many schools, which needs the column of their codes
            and may be longer.

    Raises:
        WorkbookRefused: not a sound workbook, more than ROW_LIMIT rows on a sheet (or
            ROW_LIMIT_OF_MANY), or values in a column without a heading.
        Refused: no heading, a required column missing, a column twice, no pupils.
    """
    source, most = Source(), ROW_LIMIT_OF_MANY if of_many else ROW_LIMIT
    for sheet in open_workbook(path, limits=Limits(rows=most + ROWS_BESIDE)).sheets:
        # Nobody expects pupils to come from a sheet that cannot be seen.
        columns = (*COLUMNS, *NAME_PARTS)
        table = None if sheet.hidden else find_table(sheet, columns, max_rows=most)
        if table is not None:
            table = _with_one_name(sheet, table)
            if of_many and "school_code" not in table.places:
                table.missing.append(BY_KEY["school_code"])
        if table is None or sum(key in table.places for key in REQUIRED) < 2:
            source.other_sheets.append(sheet.name)
            continue
        _take_sheet(source, sheet, table)
    if not source.tables:
        raise Refused("no_header")
    if not source.rows:
        raise Refused("no_rows")
    return source


def _with_one_name(sheet: Sheet, table: Table) -> Table:
    """The table with `full_name` where the name stands in two columns, whose join is certain.

    These are columns of their own ("Họ đệm", "Tên") or lie below one heading that is merged
    over both. Their places stay under the keys "family" and "given".
    """
    places = dict(table.places)
    under_one = table.duplicated.get("full_name", [])
    if len(under_one) == 2 and _is_merged_over(sheet, table, under_one):
        places["family"], places["given"] = under_one
    elif "family" in places and "given" in places and "full_name" not in places:
        places["full_name"] = places["family"]
    elif "family" in places or "given" in places:
        return replace(
            table,
            places={key: place for key, place in places.items() if key in BY_KEY},
            unknown=[
                *table.unknown,
                *(places[key] for key in ("family", "given") if key in places),
            ],
        )
    else:
        return table
    duplicated = {key: at for key, at in table.duplicated.items() if key != "full_name"}
    missing = [column for column in table.missing if column.key != "full_name"]
    # The rows find their cells by the same places.
    rows = [replace(row, places=places) for row in table.rows]
    return replace(table, places=places, duplicated=duplicated, missing=missing, rows=rows)


def _is_merged_over(sheet: Sheet, table: Table, places: Sequence[Place]) -> bool:
    first, last = places[0].index, places[-1].index
    heading = range(table.header_row - 1, table.header_row - 1 + table.header_height)
    return any(
        top in heading and left <= first and last <= right
        for (top, left), (_bottom, right) in sheet.merged
    )


def _require_sound(sheet: str, table: Table, rows: Sequence[Row]) -> None:
    if table.missing:
        missing = ", ".join(column.header for column in table.missing)
        raise Refused("columns_missing", sheet=sheet, columns=missing)
    for key, places in table.duplicated.items():
        # A second column that is empty takes nothing away.
        filled = [p for p in places[1:] if any(cell_text(row.raw(p.index)) for row in rows)]
        if (filled or not rows) and (key not in BY_KEY or BY_KEY[key].kept):
            first, second = places[0], (filled or places[1:])[0]
            raise Refused(
                "column_twice",
                sheet=sheet,
                header=second.text,
                first=first.letter,
                second=second.letter,
            )


def _unused(table: Table) -> list[str]:
    known = [p for key, p in table.places.items() if key in BY_KEY and not BY_KEY[key].kept]
    places = sorted([*known, *table.unknown], key=lambda place: place.index)
    return [place.text for place in places if header_key(place.text) not in UNMENTIONED]


def _take_sheet(source: Source, sheet: Sheet, table: Table) -> None:
    pupils, others = pupils_among(sheet.name, table)
    _require_sound(sheet.name, table, pupils)
    apart = require_headings(sheet.name, table, pupils)
    source.tables[sheet.name] = table
    unused = [*_unused(table), *(place.letter for place in apart)]
    source.unused_columns += [text for text in unused if text not in source.unused_columns]
    source.left_out += [(sheet.name, row.number, _first_text(row)) for row in others]
    source.hidden_columns += [
        (sheet.name, place.text)
        for key, place in table.places.items()
        if key in KEPT and sheet.is_column_hidden(place.index)
    ]
    for row in pupils:
        taken = _taken(sheet.name, row)
        source.rows.append(taken)
        if row.number in sheet.hidden_rows:
            source.hidden.append((sheet.name, row.number, taken.text("full_name")))


def _taken(sheet: str, row: Row) -> SourceRow:
    cells = {key: row.value(key) for key in KEPT}
    refusals = []
    for key in KEPT:
        for part in _parts(row, key):
            try:
                require_as_typed(key, row.raw(part.index))
            except Refused as refusal:
                refusals.append((key, refusal))
                break
    if "given" in row.places:
        cells["full_name"] = " ".join(
            dict.fromkeys(filter(None, (row.text(key) for key in ("family", "given"))))
        )
    return SourceRow(sheet, row.number, cells, row.cells, refusals)


def _parts(row: Row, key: str) -> list[Place]:
    keys = ("family", "given") if key == "full_name" and "given" in row.places else (key,)
    return [row.places[each] for each in keys if each in row.places]


def _first_text(row: Row) -> str:
    return next(filter(None, map(cell_text, row.cells)), "")[:VALUE_SHOWN]
