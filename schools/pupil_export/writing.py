"""The file: the columns that the import keeps, one sheet, in the memory of one school."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from django.utils.translation import gettext as _

from core.documents.spreadsheets import LIST_HEAD, LIST_TEXT, Spreadsheet

from ..pupil_import.workbook.columns import COLUMNS
from .rows import Listed

SHEET = "Học sinh"
# As the empty workbook and the import: of one school the code of the school need not stand.
_OF_MANY = "school_code"
Progress = Callable[[int], object]


def write_list(
    path: Path, schools: Iterable[Listed], *, of_many: bool, progress: Progress | None = None
) -> dict[int, int]:
    """Write the list to a path; returns {id of a school: pupils listed}.

    Args:
        of_many: whether each row names its school.
        progress: called with the rows written, after each school.
    """
    columns = [
        each
        for each in COLUMNS
        if (each.kept or each.key == "number") and (of_many or each.key != _OF_MANY)
    ]
    counts: dict[int, int] = {}
    line = 0
    with Spreadsheet(os.fspath(path), title=_("Pupil list")) as book:
        sheet = book.sheet(SHEET)
        for index, column in enumerate(columns):
            sheet.widths(index, index, column.width, LIST_TEXT)
        sheet.freeze(1)
        sheet.row(0, [column.header for column in columns], LIST_HEAD)
        for listed in schools:
            for row in listed.rows:
                line += 1
                texts = {**row, "number": str(line)}
                for index, column in enumerate(columns):
                    if texts.get(column.key):
                        sheet.text(line, index, texts[column.key], LIST_TEXT)
            counts[listed.school.pk] = len(listed.rows)
            if progress is not None:
                progress(line)
    return counts
