"""The rows of an uploaded workbook that describe pupils, from whichever sheets have them."""

import re
from dataclasses import dataclass, field

import tablib

from ...pupil_workbook.cells import text_of
from ...pupil_workbook.columns import BY_KEY, KEPT, TELLS_A_PUPIL, Header, find_header, letter
from ...pupil_workbook.refusals import Refused
from ...vietnamese import unmarked
from ...workbooks import WorkbookRefused, read_sheets

ROW_LIMIT = 20_000
VALUE_SHOWN = 100
_TOTALS = re.compile(r"(?:tong cong|tong so|tong|cong)\b.*")


@dataclass(frozen=True)
class SourceRow:
    """A row of the file: its sheet, its number as the user sees it, its cells by column key.

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
        """A cell as text; "" for a column the file does not have."""
        return text_of(self.cells.get(key))[:VALUE_SHOWN]


@dataclass
class Source:
    """What was read: rows, headers by sheet, and what was left aside."""

    rows: list = field(default_factory=list)
    headers: dict = field(default_factory=dict)
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
        """(letter, header as written) of a column of a sheet; the letter "" when it has none."""
        header = self.headers[sheet]
        if key not in header.places:
            return "", BY_KEY[key].header if key in BY_KEY else ""
        return letter(header.places[key]), header.texts[key]


def read_source(path):
    """Read the workbook at `path`.

    Raises:
        Refused: not a sound workbook, no header, a required column missing, a column twice,
            no rows, or more than ROW_LIMIT of them.
    """
    try:
        sheets = read_sheets(path)
    except WorkbookRefused as error:
        raise Refused("unreadable", reason=str(error)) from error
    source = Source()
    for sheet in sheets:
        # Nobody expects pupils to come from a sheet that cannot be seen.
        header = None if sheet.hidden else find_header(sheet.rows)
        if header is None:
            source.other_sheets.append(sheet.name)
            continue
        _require_sound(sheet, header)
        source.headers[sheet.name] = header
        source.unused_columns += [t for t in header.unused if t not in source.unused_columns]
        _take_rows(source, sheet, header)
    if not source.headers:
        raise Refused("no_header")
    if not source.rows:
        raise Refused("no_rows")
    return source


def _require_sound(sheet, header: Header):
    if header.missing:
        raise Refused("columns_missing", sheet=sheet.name, columns=", ".join(header.missing))
    if header.twice:
        text, first, second = header.twice[0]
        raise Refused("column_twice", sheet=sheet.name, header=text, first=first, second=second)


def _take_rows(source, sheet, header):
    for index in range(header.row + header.height, len(sheet.rows)):
        values = sheet.rows[index]
        cells = {
            key: values[header.places[key]]
            if key in header.places and header.places[key] < len(values)
            else None
            for key in KEPT
        }
        if not any(text_of(value) for value in values):
            continue
        if not _is_pupil(cells, values, header):
            source.rows_left_out += 1
            continue
        if len(source.rows) == ROW_LIMIT:
            raise Refused("too_many_rows", limit=ROW_LIMIT)
        source.rows.append(SourceRow(sheet.name, index + 1, cells, list(values)))


def _is_pupil(cells, values, header):
    if not any(text_of(cells[key]) for key in TELLS_A_PUPIL):
        return False
    if header.is_repeated_by(values):
        return False
    first = unmarked(next(text for text in map(text_of, values) if text))
    is_total = _TOTALS.fullmatch(first) and not text_of(cells["birth_date"])
    return not is_total
