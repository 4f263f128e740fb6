"""Small files of numbers that an office fills in: reading their table and their cells."""

import re
from collections.abc import Sequence
from typing import BinaryIO, NoReturn

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.workbooks import Column, Limits, Row, Table, WorkbookRefused, find_table, open_workbook

BYTES_LIMIT = 1024 * 1024
# More than a person reads; the rest is found when these are mended.
SHOWN = 30
_WHOLE = re.compile(r"\d{1,9}")
_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3})+")


def number_table(
    file: BinaryIO, *, name: str, columns: Sequence[Column], needed: set[str], row_limit: int
) -> Table:
    """The table of a file.

    Args:
        columns: of the table; the first is named when there is none.
        needed: keys of those without which it is another table.

    Raises ValidationError: no such table, a column that stands twice, a file that cannot be read.
    """
    limits = Limits(bytes=BYTES_LIMIT, rows=2 * row_limit)
    try:
        for sheet in open_workbook(file, name=name, limits=limits).sheets:
            table = None if sheet.hidden else find_table(sheet, columns, max_rows=row_limit)
            if table is not None and needed <= set(table.places):
                _refuse_doubles(table, columns)
                return table
    except WorkbookRefused as refused:
        raise ValidationError(str(refused)) from refused
    raise ValidationError(
        _("No table with the column “%(name)s” was found. Fill in the file that is offered here.")
        % {"name": columns[0].header}
    )


def whole_number(row: Row, key: str, most: int, wrong: list[str]) -> int | None:
    """The number of a cell, 1.234 as people write it too; None, and a sentence more in `wrong`,
    when it is none from 0 to `most`."""
    text = row.text(key)
    digits = text.replace(".", "") if _GROUPED.fullmatch(text) else text
    if _WHOLE.fullmatch(digits) and int(digits) <= most:
        return int(digits)
    wrong.append(
        _("%(cell)s: “%(text)s” is no whole number from 0 to %(most)s.")
        % {"cell": row.place(key), "text": text[:40], "most": most}
    )
    return None


def refuse(wrong: Sequence[str]) -> NoReturn:
    """Raise ValidationError with the first sentences, or that the file holds no number."""
    if not wrong:
        raise ValidationError(
            _("The file holds no number. Fill in at least one and upload it again.")
        )
    more = len(wrong) - SHOWN
    shown = [*wrong[:SHOWN], _("… and %(count)s more.") % {"count": more}] if more > 0 else wrong
    raise ValidationError(list(shown))


def _refuse_doubles(table: Table, columns: Sequence[Column]) -> None:
    for key, places in table.duplicated.items():
        raise ValidationError(
            _("The column “%(name)s” stands twice (%(first)s, %(second)s). Delete one of them.")
            % {
                "name": next(each.header for each in columns if each.key == key),
                "first": places[0].letter,
                "second": places[1].letter,
            }
        )
