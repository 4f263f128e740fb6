"""Lists that people fill in, upload, mend and upload again: what their workbooks share."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from ..workbooks import as_read, cell_text
from .spreadsheets import LIST_HEAD, TO_MEND, Sheet, Spreadsheet

LISTS_SHEET = "DANH_MUC"
NEEDED_HEAD = LIST_HEAD.but(bg_color="#E5EEF7")


@dataclass(frozen=True)
class Choices:
    """Values to choose from, under a heading; offered in `column`, from 0, None for nowhere."""

    heading: str
    values: Sequence[str]
    column: int | None = None


def offer_choices(
    book: Spreadsheet, sheet: Sheet, choices: Sequence[Choices], *, rows: tuple[int, int]
) -> None:
    """Write a sheet of at most 26 lists, and offer each in its column of `sheet`.

    Args:
        rows: the first and the last row that offer values, from 0.
    """
    lists = book.sheet(LISTS_SHEET)
    lists.widths(0, len(choices) - 1, 26)
    lists.row(0, [each.heading for each in choices], LIST_HEAD)
    for line, values in enumerate(zip_longest(*(each.values for each in choices)), 1):
        for index, value in enumerate(values):
            if value is not None:
                lists.text(line, index, value)
    for index, each in enumerate(choices):
        if each.column is not None and each.values:
            letter = chr(ord("A") + index)
            source = f"={LISTS_SHEET}!${letter}$2:${letter}${len(each.values) + 1}"
            sheet.offer(rows, (each.column, each.column), source)


def copy_cell(sheet: Sheet, row: int, column: int, value: Any, *, marked: bool) -> None:
    """Write a value that was read, so that it is read again as it was; filled when `marked`."""
    text = cell_text(value)
    if marked and isinstance(value, float):
        # As text the number would be taken for what was typed.
        sheet.number(row, column, value, TO_MEND)
    elif marked:
        sheet.text(row, column, as_read(value), TO_MEND)
    elif text:
        sheet.text(row, column, text)
