"""The marked-up copy of a workbook: every row, with what to mend and what will change.

Everything is written by `write_string`: the text of a user is never a formula or a link,
whatever it begins with.
"""

import io
from itertools import chain

import xlsxwriter

from core.workbooks import as_read, cell_text, sheet_name

from ...pupil_workbook.columns import CHANGES, NAME_PARTS, TO_MEND
from ...pupil_workbook.refusals import in_words
from .change_set import header_of


def write_marked_copy(plan):
    """An .xlsx as a file at its beginning; mended, it can be uploaded as it is.

    Cells to mend are filled, and two columns at the end tell what to do and what the row
    would change.
    """
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    to_mend = book.add_format({"bg_color": "#FFD9D0"})
    sheets = {}
    for name, table in plan.source.tables.items():
        sheet = sheets[name] = book.add_worksheet(sheet_name(name, taken=book.sheetnames))
        labels = [*_labels(table), TO_MEND, CHANGES]
        for column, label in enumerate(labels):
            sheet.write_string(0, column, label, bold)
        sheet.set_column(0, len(labels) - 3, 14)
        sheet.set_column(len(labels) - 2, len(labels) - 1, 60)
        sheet.freeze_panes(1, 0)
    lines = dict.fromkeys(sheets, 0)
    for outcome in plan.outcomes:
        name = outcome.row.sheet
        lines[name] += 1
        _write_row(sheets[name], lines[name], plan.source.tables[name], outcome, to_mend)
    book.close()
    file.seek(0)
    return file


def _labels(table):
    """The heading of every column of the sheet, "" for none."""
    places = [*table.places.values(), *table.unknown, *chain(*table.duplicated.values())]
    texts = {place.index: place.text for place in places if place.text not in (TO_MEND, CHANGES)}
    # One heading over two columns cannot be known again where it is not merged.
    texts |= {
        table.places[part.key].index: part.header for part in NAME_PARTS if part.key in table.places
    }
    return [texts.get(index, "") for index in range(max(texts) + 1)]


def _write_row(sheet, line, table, outcome, to_mend):
    marked = {table.places[key].index for key, _c, _p in outcome.refusals if key in table.places}
    width = len(_labels(table))
    for column, value in enumerate(outcome.row.values[:width]):
        text = cell_text(value)
        if column in marked and isinstance(value, float):
            # As text the number would be taken for what was typed.
            sheet.write_number(line, column, value, to_mend)
        elif column in marked:
            sheet.write_string(line, column, as_read(value), to_mend)
        elif text:
            sheet.write_string(line, column, text)
    if outcome.refusals:
        sheet.write_string(line, width, "\n".join(map(_refusal_line, outcome.refusals)), to_mend)
    if outcome.changes:
        sheet.write_string(line, width + 1, "\n".join(map(_change_line, outcome.changes)))


def _refusal_line(refusal):
    key, code, params = refusal
    problem, remedy = in_words(code, params)
    header = header_of(key)
    return f"{header}: {problem} {remedy}" if header else f"{problem} {remedy}"


def _change_line(change):
    key, old, new = change
    return f"{header_of(key)}: {'…' if old is None else old or '—'} → {new}"
