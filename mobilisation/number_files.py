"""Small files of numbers that an office fills in: reading their table and their cells."""

import re
from collections.abc import Sequence
from typing import BinaryIO, NoReturn

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.workbooks import Column, Limits, Row, Table, columns_twice, refuse_all, small_table

BYTES_LIMIT = 1024 * 1024
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
    table = small_table(
        file,
        name=name,
        columns=columns,
        needed=needed,
        limits=Limits(bytes=BYTES_LIMIT, rows=2 * row_limit),
        max_rows=row_limit,
    )
    if table is None:
        raise ValidationError(
            _(
                "No table with the column “%(name)s” was found. Fill in the file that is offered "
                "here."
            )
            % {"name": columns[0].header}
        )
    if twice := columns_twice(table, columns):
        refuse_all(twice)
    return table


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
    refuse_all(wrong)
