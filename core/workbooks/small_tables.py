"""Small tables that an office fills in: found in their file, and refused with what is wrong."""

from collections.abc import Collection, Sequence
from typing import BinaryIO, NoReturn

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .reading import open_workbook
from .refusals import Limits, WorkbookRefused
from .tables import Column, Table, find_table

# More sentences than a person reads; the rest is found when these are mended.
SHOWN = 30


def small_table(
    file: BinaryIO | bytes,
    *,
    name: str,
    columns: Sequence[Column],
    needed: Collection[str],
    limits: Limits,
    max_rows: int,
) -> Table | None:
    """The first table of a workbook that has what is needed, hidden sheets left out; None when
    there is none.

    Args:
        needed: keys of the columns without which it is another table.

    Raises ValidationError: the file cannot be read.
    """
    try:
        for sheet in open_workbook(file, name=name, limits=limits).sheets:
            table = None if sheet.hidden else find_table(sheet, columns, max_rows=max_rows)
            if table is not None and table.places.keys() >= set(needed):
                return table
    except WorkbookRefused as refused:
        raise ValidationError(str(refused)) from refused
    return None


def columns_twice(table: Table, columns: Sequence[Column]) -> list[str]:
    """A sentence for each column that stands twice."""
    headers = {column.key: column.header for column in columns}
    return [
        _("The column “%(name)s” stands twice (%(first)s, %(second)s). Delete one of them.")
        % {"name": headers[str(key)], "first": places[0].letter, "second": places[1].letter}
        for key, places in table.duplicated.items()
    ]


def refuse_all(wrong: Sequence[str]) -> NoReturn:
    """Raise ValidationError with the first sentences, and how many more there are."""
    shown = list(wrong[:SHOWN])
    if len(wrong) > SHOWN:
        shown.append(_("… and %(count)s more.") % {"count": len(wrong) - SHOWN})
    raise ValidationError(shown, code="refused")
