"""The rows of an uploaded workbook that describe pupils, from whichever sheets have them."""

import re
from dataclasses import dataclass, field

import tablib

from ...pupil_workbook.columns import (
    BY_KEY,
    COLUMNS,
    KEPT,
    REQUIRED,
    TELLS_A_PUPIL,
    UNMENTIONED,
)
from ...pupil_workbook.refusals import Refused
from ...vietnamese import fold
from ...workbooks import Limits, Row, Table, cell_text, find_table, header_key, open_workbook

ROW_LIMIT = 20_000
ROWS_BESIDE = 5_000  # headings, totals and lists of codes on other sheets
VALUE_SHOWN = 100
_TOTALS = re.compile(r"(?:tong cong|tong so|tong|cong)\b.*")


@dataclass(frozen=True)
class SourceRow:
    """A row of the file: its sheet, its number as Excel shows it, its cells by column key.

    `values` are all cells of the row, for the marked-up copy.
    """

    sheet: str
    number: int
    cells: dict
    values: list

    @property
    def place(self):
        """(sheet, row number)."""
        return self.sheet, self.number

    def text(self, key):
        """A cell as text, shortened; "" for a column the file does not have."""
        return cell_text(self.cells.get(key))[:VALUE_SHOWN]


@dataclass
class Source:
    """What was read: rows, tables by sheet, and what was left aside."""

    rows: list = field(default_factory=list)
    tables: dict = field(default_factory=dict)
    other_sheets: list = field(default_factory=list)
    unused_columns: list = field(default_factory=list)
    rows_left_out: int = 0

    def dataset(self):
        """The cells as a tablib Dataset whose headers are column keys."""
        dataset = tablib.Dataset(headers=list(KEPT))
        for row in self.rows:
            dataset.append([row.cells[key] for key in KEPT])
        return dataset

    def column(self, sheet, key):
        """(letter, heading as written) of a column of a sheet; the letter "" when it has none."""
        place = self.tables[sheet].places.get(key)
        if place is None:
            return "", BY_KEY[key].header if key in BY_KEY else ""
        return place.letter, place.text


def read_source(path):
    """Read the workbook at `path`.

    Raises:
        WorkbookRefused: not a sound workbook, or more than ROW_LIMIT rows on a sheet.
        Refused: no heading, a required column missing, a column twice, no pupils.
    """
    source = Source()
    for sheet in open_workbook(path, limits=Limits(rows=ROW_LIMIT + ROWS_BESIDE)).sheets:
        # Nobody expects pupils to come from a sheet that cannot be seen.
        table = None if sheet.hidden else find_table(sheet, COLUMNS, max_rows=ROW_LIMIT)
        if table is None or sum(key in table.places for key in REQUIRED) < 2:
            source.other_sheets.append(sheet.name)
            continue
        _require_sound(sheet.name, table)
        source.tables[sheet.name] = table
        source.unused_columns += [
            text for text in _unused(table) if text not in source.unused_columns
        ]
        _take_rows(source, sheet.name, table)
    if not source.tables:
        raise Refused("no_header")
    if not source.rows:
        raise Refused("no_rows")
    return source


def _require_sound(sheet, table: Table):
    if table.missing:
        missing = ", ".join(column.header for column in table.missing)
        raise Refused("columns_missing", sheet=sheet, columns=missing)
    for key, places in table.duplicated.items():
        if BY_KEY[key].kept:
            first, second = places[:2]
            raise Refused(
                "column_twice",
                sheet=sheet,
                header=second.text,
                first=first.letter,
                second=second.letter,
            )


def _unused(table):
    known = [place for key, place in table.places.items() if not BY_KEY[key].kept]
    places = sorted([*known, *table.unknown], key=lambda place: place.index)
    return [place.text for place in places if header_key(place.text) not in UNMENTIONED]


def _take_rows(source, sheet, table):
    for row in table.rows:
        if not _is_pupil(row, table):
            source.rows_left_out += 1
            continue
        cells = {key: row.value(key) for key in KEPT}
        source.rows.append(SourceRow(sheet, row.number, cells, row.cells))


def _is_pupil(row: Row, table):
    if not any(row.text(key) for key in TELLS_A_PUPIL) or _repeats_heading(row, table):
        return False
    first = fold(next(text for text in map(cell_text, row.cells) if text))
    is_total = _TOTALS.fullmatch(first) and not row.text("birth_date")
    return not is_total


def _repeats_heading(row, table):
    """A printed list has its headings on every page."""
    return sum(header_key(row.text(key)) in _SPELLINGS[key] for key in table.places) >= 3


_SPELLINGS = {
    column.key: frozenset(map(header_key, (column.header, *column.aliases))) for column in COLUMNS
}
