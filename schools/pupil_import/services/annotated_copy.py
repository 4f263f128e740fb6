"""The marked-up copy of a workbook: every row, with what to mend and what will change."""

import io
from itertools import chain

from core.documents import spreadsheets
from core.documents.lists import copy_cell
from core.documents.marked_copies import CHANGES, TO_MEND
from core.documents.spreadsheets import LIST_HEAD, Sheet, Spreadsheet
from core.workbooks import Table

from ..workbook.columns import NAME_PARTS
from ..workbook.refusals import in_words
from .change_set import Change, ChangeSet, Outcome, Refusal, header_of


def write_marked_copy(change_set: ChangeSet) -> io.BytesIO:
    """An .xlsx as a file at its beginning; mended, it can be uploaded as it is.

    Cells to mend are filled, and two columns at the end tell what to do and what the row
    would change.
    """
    file = io.BytesIO()
    with Spreadsheet(file, title=TO_MEND, row_by_row=False) as book:
        sheets: dict[str, Sheet] = {}
        for name, table in change_set.source.tables.items():
            sheet = sheets[name] = book.sheet(name)
            labels = [*_labels(table), TO_MEND, CHANGES]
            sheet.widths(0, len(labels) - 3, 14)
            sheet.widths(len(labels) - 2, len(labels) - 1, 60)
            sheet.freeze(1)
            sheet.row(0, labels, LIST_HEAD)
        lines = dict.fromkeys(sheets, 0)
        for outcome in change_set.outcomes:
            name = outcome.row.sheet
            lines[name] += 1
            _write_row(sheets[name], lines[name], change_set.source.tables[name], outcome)
    file.seek(0)
    return file


def _labels(table: Table) -> list[str]:
    """The heading of every column of the sheet, "" for none."""
    places = [*table.places.values(), *table.unknown, *chain(*table.duplicated.values())]
    texts = {place.index: place.text for place in places if place.text not in (TO_MEND, CHANGES)}
    # One heading over two columns cannot be known again where it is not merged.
    texts |= {
        table.places[part.key].index: part.header for part in NAME_PARTS if part.key in table.places
    }
    return [texts.get(index, "") for index in range(max(texts) + 1)]


def _write_row(sheet: Sheet, line: int, table: Table, outcome: Outcome) -> None:
    marked = {table.places[key].index for key, _c, _p in outcome.refusals if key in table.places}
    width = len(_labels(table))
    for column, value in enumerate(outcome.row.values[:width]):
        copy_cell(sheet, line, column, value, marked=column in marked)
    if outcome.refusals:
        text = "\n".join(map(_refusal_line, outcome.refusals))
        sheet.text(line, width, text, spreadsheets.TO_MEND)
    if outcome.changes:
        sheet.text(line, width + 1, "\n".join(map(_change_line, outcome.changes)))


def _refusal_line(refusal: Refusal) -> str:
    key, code, params = refusal
    problem, remedy = in_words(code, params)
    header = header_of(key)
    return f"{header}: {problem} {remedy}" if header else f"{problem} {remedy}"


def _change_line(change: Change) -> str:
    key, old, new = change
    return f"{header_of(key)}: {'…' if old is None else old or '—'} → {new}"
