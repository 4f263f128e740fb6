"""Finding a table on a sheet by its headings, and its rows with their true places."""

import datetime
import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, pairwise
from typing import TypeAlias

from ..vietnamese import fold, format_date, normalise
from .reading import Merged, Rows, Sheet
from .refusals import WorkbookRefused
from .scanning import column_letter
from .values import Cell, Unreadable

SEARCHED_ROWS = 30
SEARCHED_COLUMNS = 256
HEADER_HEIGHT = 3
VALUE_SHOWN = 60
LONGEST_HEADING = 300  # characters
# Of a column that is named its key, of another what `recognise` makes of its heading.
Key: TypeAlias = Hashable
# From the texts of a heading to the key of its column, None when it is none.
Recognise: TypeAlias = Callable[[list[str]], Key | None]
Named: TypeAlias = tuple[Key | None, "Place"]


@dataclass(frozen=True)
class Column:
    """A column to be found: its heading as it is shown to people, and other spellings."""

    key: str
    header: str
    aliases: Sequence[str] = ()
    required: bool = False


@dataclass(frozen=True)
class Place:
    """A column of the sheet: index from 0, letter, heading as written in the file."""

    index: int
    text: str

    @property
    def letter(self) -> str:
        return column_letter(self.index)


@dataclass(frozen=True)
class Row:
    """A row of the table; `number` is the one Excel shows."""

    number: int
    cells: list[Cell]
    places: Mapping[Key, Place]

    def value(self, key: str) -> Cell | None:
        """The value of a column, text cleaned; None for an empty cell or an absent column."""
        place = self.places.get(key)
        value = self.raw(place.index) if place else None
        if isinstance(value, str) and not isinstance(value, Unreadable):
            value = normalise(value)
        return None if value == "" else value

    def raw(self, index: int) -> Cell:
        """The cell of a column by its index from 0, as it was read; "" beyond the row's end."""
        return self.cells[index] if index < len(self.cells) else ""

    def text(self, key: str) -> str:
        """The value of a column as text, "" when there is none."""
        return cell_text(self.value(key))

    def was_number(self, key: str) -> bool:
        """Whether the cell held a number, which has lost its leading zeros."""
        value = self.value(key)
        return isinstance(value, int | float) and not isinstance(value, bool)

    def place(self, key: str) -> str:
        """The cell as Excel calls it, "C12"; only the row when the column is absent."""
        place = self.places.get(key)
        return f"{place.letter if place else ''}{self.number}"

    def as_dict(self) -> dict[str, Cell | None]:
        """Dict key -> value of every column that was found by its name."""
        return {key: self.value(key) for key in self.places if isinstance(key, str)}


@dataclass(frozen=True)
class Table:
    """A table found on a sheet.

    Attributes:
        header_row: number of its first row as Excel shows it; header_height: how many rows.
        places: dict key -> `Place`; missing: required `Column`s that were not found;
        duplicated: dict key -> all `Place`s of a column found twice (the first is used);
        unknown: `Place`s with headings that no column has; rows: `Row`s with a value.
        failed: `Place`s whose heading is a formula without a result.
    """

    header_row: int
    header_height: int
    places: dict[Key, Place]
    missing: list[Column] = field(default_factory=list)
    duplicated: dict[Key, list[Place]] = field(default_factory=dict)
    unknown: list[Place] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    failed: list[Place] = field(default_factory=list)

    @property
    def headed(self) -> set[int]:
        """Set of the indexes of all columns with a heading."""
        places = [*self.places.values(), *self.unknown]
        return {each.index for each in chain(places, *self.duplicated.values())}


def cell_text(value: Cell | None) -> str:
    """A value of a sheet as text.

    Every number of a sheet is a float: 1.0 -> "1", 1.23E+10 -> "12300000000" (exact up to 15
    digits; leading zeros were lost before we saw them). Dates -> "05/09/2015". None -> "".
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.date):
        return format_date(value)
    if isinstance(value, Unreadable):
        return str(value)
    return normalise(value)


def as_read(value: Cell | None) -> str:
    """A value as text with everything in it that cleaning would take away, for a copy of the
    cell: what it was refused for must still be there."""
    if type(value) is not str:
        return cell_text(value)
    return value.encode("utf-8", "ignore").decode()


@lru_cache(maxsize=4096)
def header_key(text: str) -> str:
    """A heading without case, accents, spaces, signs and notes in brackets; "" of what is none."""
    text = str(text)
    if len(text) > HEADER_HEIGHT * (LONGEST_HEADING + 1):
        return ""
    return fold(re.sub(r"\([^)]*\)|\[[^\]]*\]|\*", " ", text)).replace(" ", "")


def find_table(
    sheet: Sheet | Rows,
    columns: Sequence[Column],
    *,
    merged: Merged = (),
    max_rows: int | None = None,
    recognise: Recognise | None = None,
    fill_across: bool = False,
) -> Table | None:
    """Find the heading of a table on a sheet, and the rows below it.

    Titles may stand above. A heading may take up to three rows: the text of a merged cell
    counts for all its columns and rows, and a column is known by the text of any of its
    rows or by all joined ("Mẹ" above "Họ tên" is "Mẹ Họ tên"). The rows that name most
    columns are taken, of equals the fewest and highest. Blank rows are left out.

    Args:
        sheet: a `Sheet`, or its rows with `merged` as in `Sheet`.
        columns: `Column`s; no two may have one spelling.
        max_rows: most rows below the heading.
        recognise: function of the texts of a heading, from the top down, to a key or None,
            for columns that no list of spellings can name, such as the days of a month.
        fill_across: whether a cell merged over several columns below the heading stands in
            each of them; one merged over several rows always stands in each of these.

    Returns:
        `Table`, or None when no row names at least two columns (or the only one).

    Raises:
        WorkbookRefused: more than `max_rows` rows.
    """
    if isinstance(sheet, Sheet):
        rows, merged = sheet.rows, sheet.merged
    else:
        rows = sheet
    keys = {
        header_key(spelling): column.key
        for column in columns
        for spelling in (column.header, *column.aliases)
    }
    top = [
        [_heading_text(value) for value in row]
        for row in _filled(
            [row[:SEARCHED_COLUMNS] for row in rows[: SEARCHED_ROWS + HEADER_HEIGHT]], merged
        )
    ]
    best: tuple[int, int, list[Named]] | None = None
    most = 0
    for height in range(1, HEADER_HEIGHT + 1):
        for start in range(min(len(rows), SEARCHED_ROWS)):
            named = _named(top[start : start + height], keys, recognise)
            count = len({key for key, _place in named if key})
            if count > most:
                best, most = (start, height, named), count
    if best is None or most < min(2, len(columns)):
        return None
    start, height, named = best
    below = [
        (first, last)
        for first, last in merged
        if first[0] >= start + height and (fill_across or first[1] == last[1])
    ]
    return _table(_filled(rows, below) if below else rows, columns, start, height, named, max_rows)


def _heading_text(value: Cell | None) -> str:
    is_long = isinstance(value, str) and len(value) > LONGEST_HEADING
    return "" if is_long else cell_text(value)


def _filled(rows: Rows, merged: Merged) -> Rows:
    """A copy in which the value of a merged range stands in each of its cells."""
    filled = [list(row) for row in rows]
    # Ranges of a sound file lie side by side; a hostile one lays thousands over each other.
    left = sum(map(len, filled))
    for (first_row, first_column), (last_row, last_column) in merged:
        if first_row >= len(filled) or first_column >= len(filled[first_row]):
            continue
        text = filled[first_row][first_column]
        for row in filled[first_row : last_row + 1]:
            columns = range(first_column, min(last_column + 1, len(row)))
            left -= len(columns)
            if left < 0:
                return filled
            for column in columns:
                row[column] = text
    return filled


def _named(
    block: Sequence[Sequence[str]], keys: dict[str, str], recognise: Recognise | None
) -> list[Named]:
    """List of (key or None, `Place`) for every column of a block that has a heading."""
    named: list[Named] = []
    for index in range(max((len(row) for row in block), default=0)):
        texts = dict.fromkeys(row[index] for row in block if index < len(row))
        parts = [text for text in texts if text]
        if not parts:
            continue
        joined = " ".join(parts)
        # The most exact name first: all rows, then the lowest one.
        spellings = [joined, *reversed(parts)]
        key: Key | None = next((keys[k] for k in map(header_key, spellings) if k in keys), None)
        if key is None and recognise is not None:
            key = recognise(parts)
        named.append((key, Place(index, joined)))
    return named


def _table(
    rows: Rows,
    columns: Sequence[Column],
    start: int,
    height: int,
    named: list[Named],
    max_rows: int | None,
) -> Table:
    found: dict[Key, list[Place]] = {}
    for key, place in named:
        if key is not None:
            found.setdefault(key, []).append(place)
    table = Table(
        header_row=start + 1,
        header_height=height,
        places={key: places[0] for key, places in found.items()},
        missing=[column for column in columns if column.required and column.key not in found],
        duplicated={key: places for key, places in found.items() if len(places) > 1},
        unknown=[place for key, place in named if key is None],
        failed=[
            place
            for _key, place in named
            if any(
                isinstance(cell, Unreadable)
                for row in rows[start : start + height]
                for cell in row[place.index : place.index + 1]
            )
        ],
    )
    for index in range(start + height, len(rows)):
        if not any(cell_text(value) for value in rows[index]):
            continue
        if max_rows is not None and len(table.rows) == max_rows:
            raise WorkbookRefused("too_many_rows", limit=max_rows)
        table.rows.append(Row(index + 1, rows[index], table.places))
    return table


def require_headings(
    sheet: str,
    table: Table,
    rows: Sequence[Row],
    *,
    known: Iterable[int] = (),
    may_count: bool = False,
) -> list[Place]:
    """Refuse values whose column nobody can name; a part of a name may stand there.

    Args:
        sheet: its name; rows: the `Row`s that are read; known: indexes of more columns
            that have a meaning; may_count: whether a column of numbers is a sum that nobody
            reads.

    Returns:
        list of `Place`s: columns without a heading that stand apart from the table, or only
        count its rows. They are left aside, and the reader says so.

    Raises:
        WorkbookRefused: values under a heading that is a failed formula, under an empty one
            inside the table, or right beside it.
    """
    headed = table.headed | set(known)
    for place in table.failed:
        if any(cell_text(row.raw(place.index)) for row in rows):
            cell = f"{place.letter}{table.header_row}"
            raise WorkbookRefused("heading_failed", sheet=sheet, cell=cell)
    apart = []
    for index in range(max((len(row.cells) for row in rows), default=0)):
        if index in headed:
            continue
        filled = [row for row in rows if cell_text(row.raw(index))]
        if not filled:
            continue
        place = Place(index, "")
        beside = min(headed) - 1 <= index <= max(headed) + 1
        values = [row.raw(index) for row in filled]
        if beside and not _counts(values) and not (may_count and all(map(_is_number, values))):
            raise WorkbookRefused(
                "column_without_heading",
                sheet=sheet,
                column=place.letter,
                cell=f"{place.letter}{filled[0].number}",
                value=cell_text(filled[0].raw(index))[:VALUE_SHOWN],
            )
        apart.append(place)
    return apart


def _is_number(value: Cell) -> bool:
    is_formula = isinstance(value, Unreadable)
    return is_formula or (isinstance(value, int | float) and not isinstance(value, bool))


def _counts(values: Sequence[Cell]) -> bool:
    """Whether values only number their rows: 1, 2, 3."""
    numbers = [int(text) for text in map(cell_text, values) if text.isdecimal() and len(text) < 6]
    return len(numbers) == len(values) and all(b > a for a, b in pairwise(numbers))
