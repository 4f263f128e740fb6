"""The marked-up copy of a month workbook: the sheet as it came, the cells to mend filled.

Everything is written by `write_string`: the text of a user is never a formula or a link,
whatever it begins with. Mended, the copy can be uploaded as it is.
"""

import io

import xlsxwriter
from django.utils.translation import gettext as _

from core.workbooks import as_read, cell_text, sheet_name

from ...month_workbook.refusals import in_words
from .reading import ROW_LIMIT

TO_MEND = "Cần sửa"
TO_MEND_COLOUR = "#FFD9D0"
ROWS_KEPT = ROW_LIMIT + 50
COLUMNS_KEPT = 120
NOTE_SIZE = {"width": 260, "height": 90, "font_size": 10}


def write_marked_copy(source, refusals):
    """An .xlsx as a file at its beginning, of a `Source` and its `Refusal`s.

    A second sheet lists every refusal with its cell; the cells themselves carry it as a note.
    """
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    plain = book.add_format({"border": 1, "border_color": "#BBBBBB"})
    to_mend = book.add_format({"bg_color": TO_MEND_COLOUR, "border": 1})
    sheet = book.add_worksheet(sheet_name(source.sheet.name))
    notes = _notes(refusals, source.name_column)
    for line, row in enumerate(_rows(source)):
        for column, text in enumerate(row):
            place = (line, column)
            if place in notes:
                raw = source.sheet.rows[line][column : column + 1]
                sheet.write_string(line, column, as_read(*raw) if raw else text, to_mend)
                sheet.write_comment(line, column, "\n".join(notes[place]), NOTE_SIZE)
            elif text:
                sheet.write_string(
                    line, column, text, plain if line >= source.table.header_row - 1 else None
                )
    names = source.name_column
    sheet.set_column(0, COLUMNS_KEPT, 5)
    sheet.set_column(names, names, 26)
    sheet.freeze_panes(source.heading_row, names + 1)
    _list(book, source, refusals)
    book.close()
    file.seek(0)
    return file


def _rows(source):
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


def _notes(refusals, name_column):
    """Dict (line, column) from 0 -> sentences."""
    notes = {}
    for refusal in refusals:
        if refusal.row is not None:
            column = name_column if refusal.column is None else refusal.column
            sentence = " ".join(in_words(refusal.code, refusal.params))
            notes.setdefault((refusal.row - 1, column), []).append(sentence)
    return notes


def _list(book, source, refusals):
    bold = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(sheet_name(TO_MEND, taken=book.sheetnames))
    for column, (heading, width) in enumerate(
        [(_("Cell"), 8), (_("Written there"), 24), (_("What is wrong"), 50), (_("What to do"), 60)]
    ):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, heading, bold)
    for line, refusal in enumerate(refusals, 1):
        for column, text in enumerate(
            [refusal.cell, refusal.value, *in_words(refusal.code, refusal.params)]
        ):
            sheet.write_string(line, column, text, wrapped)
    sheet.freeze_panes(1, 0)
