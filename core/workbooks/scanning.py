"""Reading the XML of a workbook for what its reader would do to us, or not tell us.

calamine makes the whole grid from the first to the last value, copies a shared string into
every cell that uses it, turns errors and formulas without a stored result into blanks, and
knows neither what is hidden nor which numbers are shown as a percentage.

Only the parts that it opens are judged: the workbook, its links, the strings, the styles, and
whatever is or might be a sheet.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Collection
from posixpath import join, normpath
from typing import NoReturn, TypeAlias
from xml.parsers import expat
from xml.parsers.expat import XMLParserType
from zipfile import ZipInfo

from .archive import Archive
from .refusals import Limits, WorkbookRefused

_REFERENCE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
_SHEET_DATA = b"sheetData"
_STRINGS, _BOOK, _LINKS = "xl/sharedstrings.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_STYLES = "xl/styles.xml"
_FIRST_READ = (_BOOK, _LINKS, _STRINGS, _STYLES)
# Number formats that Excel knows by number alone: 0% and 0.00%.
_PERCENTAGES = frozenset(("9", "10"))
_QUOTED = re.compile(r'"[^"]*"|\\.')
# The text of a formula's result may be empty: then it has a value, and the value is "".
_MAY_BE_EMPTY = "str"
_LONGEST_VALUE = 64
_COLUMNS_OF_EXCEL = 16_384
# Array formulas looked at for one cell: the latest ones, as cells come row by row.
_ARRAYS_SEEN = 50
Attributes: TypeAlias = dict[str, str]
# (row, column) from 0.
CellPlace: TypeAlias = tuple[int, int]


class Scan:
    """What is in a workbook: whether dates count from 1904, and a `Grid` for each sheet.

    Raises:
        WorkbookRefused: it is not well-formed, declares a document type, or would grow past
            the limits when read.
    """

    def __init__(self, archive: Archive, limits: Limits) -> None:
        self._limits = limits
        self.epoch1904 = False
        self.rows = self.cells = self.text = 0
        self.lengths = array("L")
        self.percentages: set[str] = set()
        # (name, id of its link); by id the paths a reader may look under; by path the sheet.
        self._sheets: list[tuple[str, str | None]] = []
        self._targets: dict[str | None, set[str]] = {}
        self._grids: dict[str, Grid] = {}
        parts = {part.filename.lower(): part for part in archive.parts}
        for name in _FIRST_READ:
            if name in parts:
                self._scan(archive, parts[name])
        linked = {path for paths in self._targets.values() for path in paths}
        for name, part in parts.items():
            if name not in _FIRST_READ and (name in linked or _may_be_sheet(archive, part)):
                self._scan(archive, part)
        self._refuse_same_names()

    @property
    def sheet_names(self) -> list[str]:
        """Names of the sheets in the order of the workbook, charts included."""
        return [name for name, _link in self._sheets]

    def grid(self, sheet: str) -> Grid | None:
        """The `Grid` of a sheet by its name, or None when no part is known for it."""
        return next(
            (
                self._grids[path]
                for name, link in self._sheets
                if name == sheet
                for path in self._targets.get(link, ())
                if path in self._grids
            ),
            None,
        )

    def _refuse_same_names(self) -> None:
        """calamine finds a sheet by its name: of two it would read the first one twice."""
        seen: set[str] = set()
        for name in self.sheet_names:
            if name in seen:
                raise WorkbookRefused("same_sheet_name", sheet=name)
            seen.add(name)

    def _scan(self, archive: Archive, part: ZipInfo) -> None:
        name = part.filename.lower()
        pieces = archive.pieces(part)
        first = next(pieces, b"")
        if not first.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
            raise WorkbookRefused("damaged")
        # As calamine reads it, whatever encoding the part claims for itself.
        parser = expat.ParserCreate("UTF-8")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        grid = self._listen(parser, name)
        try:
            parser.Parse(first, False)
            for piece in pieces:
                parser.Parse(piece, False)
                if grid is not None:
                    self._weigh(grid)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise WorkbookRefused("damaged") from error
        if grid is not None:
            grid.finish()
            self._weigh(grid)
            self._add(name, grid)

    def _listen(self, parser: XMLParserType, name: str) -> Grid | None:
        """Set the handlers a part needs; its `Grid` when it may be a sheet."""
        if name == _STRINGS:
            self._measure_strings(parser)
        elif name == _BOOK:
            parser.StartElementHandler = self._see_book
        elif name == _LINKS:
            parser.StartElementHandler = self._see_link
        elif name == _STYLES:
            self._read_styles(parser)
        else:
            grid = Grid(self.lengths, self.percentages)
            parser.StartElementHandler = grid.start
            parser.CharacterDataHandler = grid.characters
            return grid
        return None

    def _measure_strings(self, parser: XMLParserType) -> None:
        lengths, most = self.lengths, self._limits.cells

        def start(name: str, _attributes: Attributes) -> None:
            if name.rpartition(":")[2] == "si":
                lengths.append(0)
                if len(lengths) > most:
                    raise WorkbookRefused("too_big")

        def characters(text: str) -> None:
            if lengths:
                lengths[-1] += len(text.encode())

        parser.StartElementHandler = start
        parser.CharacterDataHandler = characters

    def _read_styles(self, parser: XMLParserType) -> None:
        """Note the indexes of the cell styles that show a number as a percentage."""
        formats, count = set(_PERCENTAGES), 0
        inside: list[str] = []

        def start(name: str, attributes: Attributes) -> None:
            nonlocal count
            local = name.rpartition(":")[2]
            if local == "numFmt":
                number, code = attributes.get("numFmtId", ""), attributes.get("formatCode", "")
                (formats.add if "%" in _QUOTED.sub("", code) else formats.discard)(number)
            elif local in ("cellXfs", "cellStyleXfs"):
                inside.append(local)
            elif local == "xf" and inside[-1:] == ["cellXfs"]:
                if attributes.get("numFmtId") in formats:
                    self.percentages.add(str(count))
                count += 1

        def end(name: str) -> None:
            if name.rpartition(":")[2] in ("cellXfs", "cellStyleXfs") and inside:
                inside.pop()

        parser.StartElementHandler, parser.EndElementHandler = start, end

    def _see_book(self, name: str, attributes: Attributes) -> None:
        local = name.rpartition(":")[2]
        if local == "workbookPr":
            self.epoch1904 = attributes.get("date1904", "0") in ("1", "true")
        elif local == "sheet":
            ids = [v for k, v in attributes.items() if k.rpartition(":")[2] == "id"]
            self._sheets.append((attributes.get("name", ""), ids[0] if ids else None))

    def _see_link(self, name: str, attributes: Attributes) -> None:
        if name.rpartition(":")[2] == "Relationship":
            target = attributes.get("Target", "")
            absolute = target.startswith(("/", "xl/"))
            path = target.lstrip("/") if absolute else join("xl", target)
            # A reader may look for the part under either name.
            self._targets[attributes.get("Id")] = {path.lower(), normpath(path).lower()}

    def _weigh(self, grid: Grid) -> None:
        limits = self._limits
        if self.cells + grid.height * grid.width > limits.cells:
            raise WorkbookRefused("far_cell")
        if self.rows + grid.rows > limits.rows:
            raise WorkbookRefused("too_many_rows", limit=limits.rows)
        if self.text + grid.text > limits.text:
            raise WorkbookRefused("too_big")

    def _add(self, name: str, grid: Grid) -> None:
        self.rows += grid.rows
        self.cells += grid.height * grid.width
        self.text += grid.text
        self._grids[name] = grid


class Grid:
    """The cells with a value on one sheet, and what of it is hidden.

    Attributes:
        height, width: from A1 to the last value; rows: rows with a value; text: bytes of
            the shared strings used; errors: dict (row, column) from 0 -> "#REF!" and the like;
            unfinished: set of (row, column) of formulas without a stored result;
            percentages: set of (row, column) of numbers shown as a percentage;
            hidden_rows: set of the rows from 0 that have cells and are hidden;
            hidden_columns: list of (first, last) from 0.
    """

    def __init__(self, lengths: array[int], percentages: Collection[str] = ()) -> None:
        self._lengths, self._percent_styles = lengths, percentages
        self.height = self.width = self.rows = self.text = 0
        self.errors: dict[CellPlace, str] = {}
        self.unfinished: set[CellPlace] = set()
        self.percentages: set[CellPlace] = set()
        self.hidden_rows: set[int] = set()
        self.hidden_columns: list[tuple[int, int]] = []
        self._arrays: list[tuple[int, int, int, int]] = []
        self._row = self._column = self._last_row = 0
        self._type = self._style = self._characters = ""
        self._inside = self._has_formula = self._has_value = self._reads = False
        self._is_row_hidden = False

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        local = name.rpartition(":")[2]
        if not self._inside:
            self._inside = local == "sheetData"
            if local == "col" and _is_hidden(attributes, "width"):
                self._hide_columns(attributes)
        elif local == "c":
            self.finish()
            self._open(attributes)
        elif local in ("v", "is"):
            self._has_value = True
            self._reads = local == "v"
        elif local == "f":
            self._has_formula = True
            if attributes.get("t") in ("array", "dataTable"):
                self._arrays += _range(attributes.get("ref", ""))
        elif local == "row":
            self.finish()
            self._row = _number(attributes["r"]) if "r" in attributes else self._row + 1
            self._column = 0
            self._is_row_hidden = _is_hidden(attributes, "ht")

    def characters(self, text: str) -> None:
        """Text between tags; only that of a value is kept."""
        if self._reads and len(self._characters) < _LONGEST_VALUE:
            self._characters += text

    def finish(self) -> None:
        """Count the cell that was open."""
        place = self._row - 1, self._column - 1
        if self._has_value:
            self.height = max(self.height, self._row)
            self.width = max(self.width, self._column)
            if self._row != self._last_row:
                self.rows += 1
                self._last_row = self._row
                if self._is_row_hidden:
                    self.hidden_rows.add(self._row - 1)
            self._count_text()
        if self._is_calculated(place) and not self._has_result():
            self.unfinished.add(place)
            self.height = max(self.height, self._row)
            self.width = max(self.width, self._column)
        elif self._style in self._percent_styles and self._type in ("", "n") and self._characters:
            self.percentages.add(place)
        self._has_value = self._has_formula = self._reads = False
        self._type = self._style = self._characters = ""

    def _is_calculated(self, place: CellPlace) -> bool:
        if self._has_formula or not self._arrays:
            return self._has_formula
        row, column = place
        return any(
            top <= row <= bottom and left <= column <= right
            for top, left, bottom, right in self._arrays[-_ARRAYS_SEEN:]
        )

    def _has_result(self) -> bool:
        if not self._has_value:
            return False
        return bool(self._characters.strip()) or self._type in (_MAY_BE_EMPTY, "inlineStr")

    def _hide_columns(self, attributes: Attributes) -> None:
        first, last = attributes.get("min", ""), attributes.get("max", "")
        if len(self.hidden_columns) < _COLUMNS_OF_EXCEL and (first + last).isdecimal():
            self.hidden_columns.append((_number(first) - 1, _number(last) - 1))

    def _count_text(self) -> None:
        if self._type == "s":
            index = self._characters.strip()
            if index.isdecimal() and int(index) < len(self._lengths):
                self.text += self._lengths[int(index)]
        elif self._type == "e":
            self.errors[self._row - 1, self._column - 1] = self._characters.strip()

    def _open(self, attributes: Attributes) -> None:
        self._type, self._style = attributes.get("t", ""), attributes.get("s", "0")
        if "r" not in attributes:
            self._column += 1
            return
        found = _REFERENCE.fullmatch(attributes["r"])
        if found is None:
            raise WorkbookRefused("damaged")
        self._column, self._row = _column_number(found[1]), int(found[2])


def column_letter(index: int) -> str:
    """Letter of a column by its index from 0: 0 -> A, 26 -> AA."""
    letters = ""
    index += 1
    while index > 0:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 7:
        raise WorkbookRefused("damaged")
    return int(text)


def _refuse_doctype(*_declaration: object) -> NoReturn:
    raise WorkbookRefused("damaged")


def _is_hidden(attributes: Attributes, size: str) -> bool:
    """Whether a row or column is hidden, or drawn so small that it might be."""
    if attributes.get("hidden", "0") in ("1", "true"):
        return True
    try:
        return float(attributes.get(size, "1")) == 0
    except ValueError:
        return False


def _range(reference: str) -> list[tuple[int, int, int, int]]:
    """[(top, left, bottom, right)] from 0 of "B2:B9", [] when it is no range."""
    found = [_REFERENCE.fullmatch(corner) for corner in reference.split(":")]
    corners = [corner for corner in found if corner is not None]
    if len(found) > 2 or len(corners) < len(found):
        return []
    rows = [int(corner[2]) - 1 for corner in corners]
    columns = [_column_number(corner[1]) - 1 for corner in corners]
    return [(min(rows), min(columns), max(rows), max(columns))]


def _may_be_sheet(archive: Archive, part: ZipInfo) -> bool:
    """Whether a part that no link names could still be read as a sheet by a lenient reader."""
    before = b""
    for piece in archive.pieces(part):
        if _SHEET_DATA in before[-len(_SHEET_DATA) :] + piece:
            return True
        before = piece
    return False
