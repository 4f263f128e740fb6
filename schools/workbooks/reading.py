"""The sheets of a workbook as rows of values, read by calamine once the file has been checked."""

import io
import os
import re
from dataclasses import dataclass, field

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from core.text import MOST_MARKS, TextRefused, check_text, longest_run_of_marks

from .archive import DAMAGE, Archive
from .refusals import Limits, WorkbookRefused
from .scanning import Scan, column_letter

# What a cell shows when its formula has failed; it stands in the rows as this text.
CELL_ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!")

# Characters of the name of a sheet; Excel itself stops at 31.
_LONGEST_NAME = 255
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class Sheet:
    """A sheet: its name, whether it is hidden, its rows from row 1 on as lists of values.

    Values are str, float (every number), bool, date, datetime, time or timedelta; an empty
    cell is "", a failed formula its error as text ("#REF!"). `merged` are the merged ranges
    as ((first row, first column), (last row, last column)) from 0.
    """

    name: str
    hidden: bool
    rows: list
    merged: tuple = ()


@dataclass(frozen=True)
class Workbook:
    """Sheets in the order of the workbook, charts left out; whether serials count from 1904."""

    sheets: list = field(default_factory=list)
    epoch1904: bool = False


def open_workbook(file, *, name="", limits=None):
    """Check a workbook and read it whole.

    Args:
        file: a path, bytes, or a binary file that can seek.
        name: what the user called it; its ending is looked at when given.
        limits: `Limits`.

    Raises:
        WorkbookRefused: too large, another format, a password, macros, links to other files
            or files inside, damaged, unpacking to more than the limits, or with a formula
            whose result is not stored.
    """
    limits = limits or Limits()
    data = _bytes_of(file, limits)
    scan = _examine(data, name, limits)
    if missing := scan.unfinished():
        sheet, cell = missing
        raise WorkbookRefused("formula_without_value", sheet=sheet, cell=cell)
    return Workbook(_read(data, scan, limits), scan.epoch1904)


def check_upload(file, name, *, max_bytes):
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


def read_sheets(path):
    """The sheets of the workbook at `path`; raises as `open_workbook`."""
    return open_workbook(path).sheets


def _bytes_of(file, limits):
    if isinstance(file, bytes | bytearray | memoryview):
        return bytes(file)
    if isinstance(file, str | os.PathLike):
        with open(file, "rb") as opened:
            return opened.read(limits.bytes + 1)
    file.seek(0)
    return file.read(limits.bytes + 1)


def _examine(data, name, limits):
    try:
        return Scan(Archive(data, name, limits), limits)
    except DAMAGE as error:
        raise WorkbookRefused("damaged") from error


def _read(data, scan, limits):
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            return [
                _sheet(book, meta, scan, limits)
                for meta in book.sheets_metadata
                if meta.typ == SheetTypeEnum.WorkSheet
            ]
    except (CalamineError, IndexError) as error:
        raise WorkbookRefused("damaged") from error
    except BaseException as error:
        # A panic of the reader is a fault of the file to the user, not of ours.
        if type(error).__name__ != "PanicException":
            raise
        raise WorkbookRefused("damaged") from error


def _put_errors(rows, errors):
    """Write the errors of failed formulas, which calamine leaves out, into the rows."""
    for (row, column), error in errors.items():
        rows[row][column] = error


def _check_texts(name, rows, limits):
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


def _sheet(book, meta, scan, limits):
    if len(meta.name) > _LONGEST_NAME or longest_run_of_marks(meta.name) > MOST_MARKS:
        raise WorkbookRefused("damaged")
    sheet = book.get_sheet_by_name(meta.name)
    rows = sheet.to_python(skip_empty_area=False)
    for row in rows:
        for index, value in enumerate(row):
            if isinstance(value, str) and "_x" in value:
                row[index] = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    grid = scan.grid(meta.name)
    if grid is not None:
        _put_errors(rows, grid.errors)
    _check_texts(meta.name, rows, limits)
    return Sheet(
        meta.name,
        meta.visible != SheetVisibleEnum.Visible,
        rows,
        tuple(sheet.merged_cell_ranges or ()),
    )
