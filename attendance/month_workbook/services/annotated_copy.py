"""The marked-up copy of a month workbook: the sheet as it came, the cells to mend filled.

Mended, the copy can be uploaded as it is.
"""

import io
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from core.documents import spreadsheets
from core.documents.spreadsheets import LIST_HEAD, WRAPPED, Spreadsheet, Style
from core.workbooks import as_read, cell_text

from ..refusals import in_words
from .matching import Refusal
from .reading import ROW_LIMIT, Source

TO_MEND = "Cần sửa"
MENDED = spreadsheets.TO_MEND.but(border=1)
GRID = Style(border=1, border_color="#BBBBBB")
ROWS_KEPT = ROW_LIMIT + 50
COLUMNS_KEPT = 120


def write_marked_copy(source: Source, refusals: Sequence[Refusal]) -> io.BytesIO:
    """An .xlsx as a file at its beginning, of a `Source` and its `Refusal`s.

    A second sheet lists every refusal with its cell; the cells themselves carry it as a note.
    """
    file = io.BytesIO()
    with Spreadsheet(file, title=TO_MEND, row_by_row=False) as book:
        sheet = book.sheet(source.sheet.name)
        names = source.name_column
        sheet.widths(0, COLUMNS_KEPT, 5)
        sheet.widths(names, names, 26)
        sheet.freeze(source.heading_row, names + 1)
        notes = _notes(refusals, names)
        for line, row in enumerate(_rows(source)):
            in_table = line >= source.table.header_row - 1
            for column, text in enumerate(row):
                place = (line, column)
                if place in notes:
                    raw = source.sheet.rows[line][column : column + 1]
                    sheet.text(line, column, as_read(*raw) if raw else text, MENDED)
                    sheet.note(line, column, "\n".join(notes[place]))
                elif text:
                    sheet.text(line, column, text, GRID if in_table else None)
        _list(book, refusals)
    file.seek(0)
    return file


def _rows(source: Source) -> list[list[str]]:
    """The cells as text, as far as the copy goes; a merged heading in each of its cells."""
    rows = [
        [cell_text(value) for value in row[:COLUMNS_KEPT]] for row in source.sheet.rows[:ROWS_KEPT]
    ]
    width = max(map(len, rows))
    rows = [row + [""] * (width - len(row)) for row in rows]
    first = source.table.header_row - 1
    for (top, left), (bottom, right) in source.sheet.merged:
        if first <= top < source.heading_row:
            for line in range(top, min(bottom + 1, len(rows))):
                for column in range(left, min(right + 1, width)):
                    rows[line][column] = rows[top][left]
    return rows


def _notes(refusals: Iterable[Refusal], name_column: int) -> dict[tuple[int, int], list[str]]:
    """Dict (line, column) from 0 -> sentences."""
    notes: dict[tuple[int, int], list[str]] = {}
    for refusal in refusals:
        if refusal.row is not None:
            column = name_column if refusal.column is None else refusal.column
            sentence = " ".join(in_words(refusal.code, refusal.params))
            notes.setdefault((refusal.row - 1, column), []).append(sentence)
    return notes


def _list(book: Spreadsheet, refusals: Iterable[Refusal]) -> None:
    sheet = book.sheet(TO_MEND)
    columns = [
        (_("Cell"), 8),
        (_("Written there"), 24),
        (_("What is wrong"), 50),
        (_("What to do"), 60),
    ]
    for column, (_text, width) in enumerate(columns):
        sheet.widths(column, column, width)
    sheet.row(0, [heading for heading, _width in columns], LIST_HEAD)
    for line, refusal in enumerate(refusals, 1):
        sentences = in_words(refusal.code, refusal.params)
        sheet.row(line, [refusal.cell, refusal.value, *sentences], WRAPPED)
    sheet.freeze(1)
