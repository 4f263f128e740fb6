"""Reading the XML of a workbook for what its reader would do to us, or not tell us.

calamine makes the whole grid from the first to the last value, copies a shared string into
every cell that uses it, and turns errors and formulas without a stored result into blanks.
"""

import re
from array import array
from posixpath import join, normpath
from xml.parsers import expat

from .refusals import WorkbookRefused

_REFERENCE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
_SHEET_DATA = b"sheetData"
_STRINGS, _BOOK, _LINKS = "xl/sharedstrings.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_FIRST_READ = (_STRINGS, _BOOK, _LINKS)


class Scan:
    """What is in a workbook: dates from 1904, and per sheet the errors in its cells.

    Raises:
        WorkbookRefused: it is not well-formed, declares a document type, or would grow past
            the limits when read.
    """

    def __init__(self, archive, limits):
        self._limits = limits
        self.epoch1904 = False
        self.rows = self.cells = self.text = 0
        self.lengths = array("L")
        self._sheet_ids, self._targets, self._grids = {}, {}, {}
        by_order = sorted(archive.parts, key=lambda part: part.filename.lower() not in _FIRST_READ)
        for part in by_order:
            self._scan(archive, part)

    def grid(self, sheet):
        """The `Grid` of a sheet by its name, or None when no part is known for it."""
        return self._grids.get(self._targets.get(self._sheet_ids.get(sheet)))

    def unfinished(self):
        """(sheet, cell) of the first formula without a stored result, or None."""
        for sheet in self._sheet_ids:
            grid = self.grid(sheet)
            if grid is not None and grid.unfinished:
                return sheet, grid.unfinished
        return None

    def _scan(self, archive, part):
        name = part.filename.lower()
        pieces = archive.pieces(part)
        first = next(pieces, b"")
        if not first.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") or name.endswith(
            ".vml"
        ):
            if name in _FIRST_READ:
                raise WorkbookRefused("damaged")
            _refuse_hidden_sheet(first, pieces)
            return
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

    def _listen(self, parser, name):
        """Set the handlers a part needs; its `Grid` when it may be a sheet."""
        if name == _STRINGS:
            self._measure_strings(parser)
        elif name == _BOOK:
            parser.StartElementHandler = self._see_book
        elif name == _LINKS:
            parser.StartElementHandler = self._see_link
        else:
            grid = Grid(self.lengths)
            parser.StartElementHandler = grid.start
            parser.CharacterDataHandler = grid.characters
            return grid
        return None

    def _measure_strings(self, parser):
        lengths, most = self.lengths, self._limits.cells

        def start(name, _attributes):
            if name.rpartition(":")[2] == "si":
                lengths.append(0)
                if len(lengths) > most:
                    raise WorkbookRefused("too_big")

        def characters(text):
            if lengths:
                lengths[-1] += len(text.encode())

        parser.StartElementHandler = start
        parser.CharacterDataHandler = characters

    def _see_book(self, name, attributes):
        local = name.rpartition(":")[2]
        if local == "workbookPr":
            self.epoch1904 = attributes.get("date1904", "0") in ("1", "true")
        elif local == "sheet":
            ids = [v for k, v in attributes.items() if k.rpartition(":")[2] == "id"]
            self._sheet_ids[attributes.get("name")] = ids[0] if ids else None

    def _see_link(self, name, attributes):
        if name.rpartition(":")[2] == "Relationship":
            target = attributes.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
            self._targets[attributes.get("Id")] = path.lower()

    def _weigh(self, grid):
        limits = self._limits
        if self.cells + grid.height * grid.width > limits.cells:
            raise WorkbookRefused("far_cell")
        if self.rows + grid.rows > limits.rows:
            raise WorkbookRefused("too_many_rows", limit=limits.rows)
        if self.text + grid.text > limits.text:
            raise WorkbookRefused("too_big")

    def _add(self, name, grid):
        self.rows += grid.rows
        self.cells += grid.height * grid.width
        self.text += grid.text
        if grid.height or grid.unfinished:
            self._grids[name] = grid


class Grid:
    """The cells with a value on one sheet.

    Attributes:
        height, width: from A1 to the last value; rows: rows with a value; text: bytes of
            the shared strings used; errors: dict (row, column) from 0 -> "#REF!" and the like;
            unfinished: reference of the first formula without a stored result, or "".
    """

    def __init__(self, lengths):
        self._lengths = lengths
        self.height = self.width = self.rows = self.text = 0
        self.errors, self.unfinished = {}, ""
        self._row = self._column = self._last_row = 0
        self._type = self._characters = ""
        self._inside = self._has_formula = self._has_value = self._reads = False

    def start(self, name, attributes):
        """An element begins."""
        local = name.rpartition(":")[2]
        if not self._inside:
            self._inside = local == "sheetData"
        elif local == "c":
            self.finish()
            self._open(attributes)
        elif local in ("v", "is"):
            self._has_value = True
            self._reads = local == "v" and self._type in ("s", "e")
        elif local == "f":
            self._has_formula = True
        elif local == "row":
            self.finish()
            self._row = _number(attributes["r"]) if "r" in attributes else self._row + 1
            self._column = 0

    def characters(self, text):
        """Text between tags; only that of a value is kept."""
        if self._reads:
            self._characters += text

    def finish(self):
        """Count the cell that was open."""
        if self._has_value:
            self.height = max(self.height, self._row)
            self.width = max(self.width, self._column)
            if self._row != self._last_row:
                self.rows += 1
                self._last_row = self._row
            self._count_text()
        elif self._has_formula and not self.unfinished:
            self.unfinished = f"{column_letter(self._column - 1)}{self._row}"
        self._has_value = self._has_formula = self._reads = False
        self._type = self._characters = ""

    def _count_text(self):
        if self._type == "s":
            index = self._characters.strip()
            if index.isdecimal() and int(index) < len(self._lengths):
                self.text += self._lengths[int(index)]
        elif self._type == "e":
            self.errors[self._row - 1, self._column - 1] = self._characters.strip()

    def _open(self, attributes):
        self._type = attributes.get("t", "")
        if "r" not in attributes:
            self._column += 1
            return
        found = _REFERENCE.fullmatch(attributes["r"])
        if found is None:
            raise WorkbookRefused("damaged")
        self._column, self._row = _column_number(found[1]), int(found[2])


def column_letter(index):
    """Letter of a column by its index from 0: 0 -> A, 26 -> AA."""
    letters = ""
    index += 1
    while index > 0:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _column_number(letters):
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _number(text):
    if not text.isdecimal() or len(text) > 7:
        raise WorkbookRefused("damaged")
    return int(text)


def _refuse_doctype(*_declaration):
    raise WorkbookRefused("damaged")


def _refuse_hidden_sheet(first, pieces):
    """A part that is not read as XML here must not hold a sheet for a more lenient reader."""
    before = first
    if _SHEET_DATA in before:
        raise WorkbookRefused("damaged")
    for piece in pieces:
        if _SHEET_DATA in before[-len(_SHEET_DATA) :] + piece:
            raise WorkbookRefused("damaged")
        before = piece
