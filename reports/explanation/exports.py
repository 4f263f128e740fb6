"""The pupil-sessions behind a figure as a workbook."""

import io
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from core.documents.spreadsheets import (
    FRAMED,
    FRAMED_HEAD,
    FRAMED_TEXT,
    NOTE,
    TITLE,
    Spreadsheet,
)

HEAD_ROW = 3
WIDTHS = (7, 12, 9, 28, 10, 28, 12, 16, 20, 24)


def pupil_days_workbook(
    *, title: str, about: str, rows: Iterable[Sequence[str]], total: str
) -> bytes:
    """The workbook: a line for each pupil-session, as the page lists them, and how many.

    Args:
        rows: texts of the columns after the number: day, session, school, class, pupil, born,
            mark, reason, who sent the register.
    """
    file = io.BytesIO()
    with Spreadsheet(file, title=title) as book:
        sheet = book.sheet(_("Pupil-sessions"))
        for place, width in enumerate(WIDTHS):
            sheet.widths(place, place, width)
        sheet.text(0, 0, title, TITLE)
        sheet.text(1, 0, about, NOTE)
        headings = [_("No."), _("Day"), _("Session"), _("School"), _("Class"), _("Pupil")]
        headings += [_("Born"), _("Mark"), _("Reason"), _("Register sent by")]
        sheet.row(HEAD_ROW, headings, FRAMED_HEAD)
        line = HEAD_ROW
        for line, row in enumerate(rows, start=HEAD_ROW + 1):
            sheet.number(line, 0, line - HEAD_ROW, FRAMED)
            sheet.row(line, row, FRAMED_TEXT, first=1)
        sheet.text(line + 1, 0, total, FRAMED.but(bold=True))
        sheet.freeze(HEAD_ROW + 1)
        sheet.print_on_a4(head=(HEAD_ROW, HEAD_ROW))
    return file.getvalue()
