"""The sheets of a workbook as rows of values, read by calamine once the file has been checked."""

import io
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, TypeAlias

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from core.text import MOST_MARKS, TextRefused, check_text, longest_run_of_marks

from .archive import DAMAGE, Archive
from .refusals import Limits, WorkbookRefused
from .scanning import Grid, Scan, column_letter
from .values import (
    FORMULA_FAILED,
    FORMULA_UNFINISHED,
    PERCENTAGE,
    UNFINISHED_SHOWN,
    Cell,
    Unreadable,
)

# Characters of the name of a sheet; Excel itself stops at 31.
_LONGEST_NAME = 255
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


Rows: TypeAlias = list[list[Cell]]
# ((first row, first column), (last row, last column)) of merged ranges, from 0.
Merged: TypeAlias = Sequence[tuple[tuple[int, int], tuple[int, int]]]
File: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO


@dataclass(frozen=True)
class Sheet:
    """A sheet: its name, whether it is hidden, its rows from row 1 on as lists of values.

    Values are str, float (every number), bool, date, datetime, time or timedelta; an empty
    cell is "". A failed formula ("#REF!"), one whose result is not stored ("=?") and a number
    shown as a percentage ("610%") are `Unreadable`s. `merged` are the merged ranges as ((first
    row, first column), (last row, last column)) from 0; `hidden_rows` the rows with values that
    are hidden, as Excel numbers them; `hidden_columns` ranges (first, last) from 0.
    """

    name: str
    hidden: bool
    rows: Rows
    merged: Merged = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: Sequence[tuple[int, int]] = ()

    def is_column_hidden(self, index: int) -> bool:
        """Whether a column by its index from 0 is hidden."""
        return any(first <= index <= last for first, last in self.hidden_columns)


@dataclass(frozen=True)
class Workbook:
    """Sheets in the order of the workbook, charts left out; whether serials count from 1904."""

    sheets: list[Sheet] = field(default_factory=list)
    epoch1904: bool = False


def open_workbook(file: File, *, name: str = "", limits: Limits | None = None) -> Workbook:
    """Check a workbook and read it whole.

    Args:
        file: a path, bytes, or a binary file that can seek.
        name: what the user called it; its ending is looked at when given.
        limits: `Limits`.

    Raises:
        WorkbookRefused: too large, another format, a password, macros, files inside, damaged,
            unpacking to more than the limits, or two sheets of one name.
    """
    limits = limits or Limits()
    data = _bytes_of(file, limits)
    scan = _examine(data, name, limits)
    return Workbook(_read(data, scan, limits), scan.epoch1904)


def check_upload(file: BinaryIO, name: str, *, max_bytes: int) -> None:
    """Refuse a file that is no sound .xlsx, without reading its values.

    Args:
        file: a binary file that can seek, left at its beginning; name: what the user called it.

    Raises:
        WorkbookRefused: as `open_workbook`, and for dates that count from 1904.
    """
    limits = Limits(bytes=max_bytes)
    try:
        scan = _examine(_bytes_of(file, limits), name, limits)
    finally:
        file.seek(0)
    if scan.epoch1904:
        raise WorkbookRefused("epoch_1904")


def read_sheets(path: str | os.PathLike[str]) -> list[Sheet]:
    """The sheets of the workbook at `path`; raises as `open_workbook`."""
    return open_workbook(path).sheets


def _bytes_of(file: File, limits: Limits) -> bytes:
    if isinstance(file, bytes | bytearray | memoryview):
        return bytes(file)
    if isinstance(file, str | os.PathLike):
        with open(file, "rb") as opened:
            return opened.read(limits.bytes + 1)
    file.seek(0)
    return file.read(limits.bytes + 1)


def _examine(data: bytes, name: str, limits: Limits) -> Scan:
    try:
        return Scan(Archive(data, name, limits), limits)
    except DAMAGE as error:
        raise WorkbookRefused("damaged") from error


def _read(data: bytes, scan: Scan, limits: Limits) -> list[Sheet]:
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            if len(book.sheets_metadata) != len(scan.sheet_names):
                raise WorkbookRefused("damaged")
            return [
                _sheet(book, meta, scan.grid(name), limits)
                for name, meta in zip(scan.sheet_names, book.sheets_metadata, strict=True)
                if meta.typ == SheetTypeEnum.WorkSheet
            ]
    except (CalamineError, IndexError) as error:
        raise WorkbookRefused("damaged") from error
    except BaseException as error:
        # A panic of the reader is a fault of the file to the user, not of ours.
        if type(error).__name__ != "PanicException":
            raise
        raise WorkbookRefused("damaged") from error


def _check_texts(name: str, rows: Rows, limits: Limits) -> None:
    """Refuse a cell whose text would take too long to read; names its place."""
    for number, row in enumerate(rows, start=1):
        for index, value in enumerate(row):
            if not isinstance(value, str) or len(value) <= MOST_MARKS:
                continue
            try:
                check_text(value, most=limits.cell)
            except TextRefused as error:
                raise WorkbookRefused(
                    "long_cell" if error.code == "too_long" else error.code,
                    cell=f"{column_letter(index)}{number}",
                    sheet=name,
                    **error.params,
                ) from error


def _sheet(book: CalamineWorkbook, meta: SheetMetadata, grid: Grid | None, limits: Limits) -> Sheet:
    if (
        grid is None
        or len(meta.name) > _LONGEST_NAME
        or longest_run_of_marks(meta.name) > MOST_MARKS
    ):
        raise WorkbookRefused("damaged")
    sheet = book.get_sheet_by_name(meta.name)
    rows = sheet.to_python(skip_empty_area=False)
    for row in rows:
        for index, value in enumerate(row):
            if isinstance(value, str) and "_x" in value:
                row[index] = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    merged = tuple(sheet.merged_cell_ranges or ())
    _put_unreadable(rows, grid)
    _refuse_overlapping(merged, rows)
    _check_texts(meta.name, rows, limits)
    return Sheet(
        meta.name,
        meta.visible != SheetVisibleEnum.Visible,
        rows,
        merged,
        frozenset(row + 1 for row in grid.hidden_rows),
        tuple(grid.hidden_columns),
    )


def _put_unreadable(rows: Rows, grid: Grid) -> None:
    """Write into the rows what calamine leaves out or reads as an ordinary number."""
    for (row, column), error in grid.errors.items():
        rows[row][column] = Unreadable(error, FORMULA_FAILED)
    for row, column in grid.percentages:
        value = rows[row][column]
        if isinstance(value, float):
            rows[row][column] = Unreadable(f"{value * 100:.10g}%", PERCENTAGE)
    for row, column in grid.unfinished:
        rows += ([] for _row in range(row + 1 - len(rows)))
        rows[row] += [""] * (column + 1 - len(rows[row]))
        rows[row][column] = Unreadable(UNFINISHED_SHOWN, FORMULA_UNFINISHED)


def _refuse_overlapping(merged: Merged, rows: Rows) -> None:
    """Merged cells that lie over each other are no work of Excel, and cost time without end."""
    height, width = len(rows), max(map(len, rows), default=0)
    covered = 0
    for (top, left), (bottom, right) in merged:
        covered += max(0, min(bottom + 1, height) - top) * max(0, min(right + 1, width) - left)
        if covered > height * width:
            raise WorkbookRefused("damaged")
