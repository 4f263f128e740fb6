"""The marked-up copy of an uploaded list: every row, what to mend and what it would change."""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from ..wordings import Words
from ..workbooks import Table, header_key
from ..workbooks.lists import ListLine, Refusal
from . import spreadsheets
from .lists import copy_cell
from .spreadsheets import LIST_HEAD, Sheet, Spreadsheet

TO_MEND, CHANGES = "Cần sửa", "Thay đổi"
# Columns of the copy that its next upload passes over without a word.
OWN_COLUMNS = frozenset(map(header_key, (TO_MEND, CHANGES)))


class MarkedRow(Protocol):
    """What becomes of a line: `changes` are (column key, old text, new text)."""

    @property
    def line(self) -> ListLine: ...

    @property
    def refusals(self) -> Sequence[Refusal]: ...

    @property
    def changes(self) -> Sequence[tuple[str, str, str]]: ...


def write_marked_copy(
    tables: Mapping[str, Table],
    rows: Iterable[MarkedRow],
    *,
    header_of: Callable[[str], str],
    words: Callable[[str, dict[str, str]], Words],
) -> io.BytesIO:
    """An .xlsx as a file at its beginning; mended, it can be uploaded as it is.

    Args:
        tables: by name of their sheet.
        header_of: how a column is called, by its key; words: a refusal in words.
    """
    file = io.BytesIO()
    with Spreadsheet(file, title=TO_MEND, row_by_row=False) as book:
        sheets, widths = {}, {}
        for name, table in tables.items():
            sheet = sheets[name] = book.sheet(name)
            labels = _labels(table)
            width = widths[name] = len(labels)
            sheet.widths(0, width - 1, 14)
            sheet.widths(width, width + 1, 60)
            sheet.freeze(1)
            sheet.row(0, [*labels, TO_MEND, CHANGES], LIST_HEAD)
        lines = dict.fromkeys(sheets, 0)
        for each in rows:
            name = each.line.sheet
            lines[name] += 1
            _copy(sheets[name], lines[name], widths[name], each)
            said = [_said(header_of(key), words(code, told)) for key, code, told in each.refusals]
            if said:
                sheets[name].text(lines[name], widths[name], "\n".join(said), spreadsheets.TO_MEND)
            changes = [f"{header_of(key)}: {old or '—'} → {new}" for key, old, new in each.changes]
            if changes:
                sheets[name].text(lines[name], widths[name] + 1, "\n".join(changes))
    file.seek(0)
    return file


def _labels(table: Table) -> list[str]:
    """The heading of every column of the sheet, "" for none."""
    places = [*table.places.values(), *table.unknown]
    texts = {place.index: place.text for place in places if place.text not in (TO_MEND, CHANGES)}
    return [texts.get(index, "") for index in range(max(texts) + 1)]


def _copy(sheet: Sheet, line: int, width: int, each: MarkedRow) -> None:
    row = each.line.row
    marked = {row.places[key].index for key, _code, _told in each.refusals if key in row.places}
    for column, value in enumerate(row.cells[:width]):
        copy_cell(sheet, line, column, value, marked=column in marked)


def _said(header: str, words: Words) -> str:
    what, remedy = words
    return f"{header}: {what} {remedy}" if header else f"{what} {remedy}"
