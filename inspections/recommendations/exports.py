"""Recommendations as a workbook."""

import datetime
import io
from collections.abc import Collection

from django.utils.translation import gettext as _

from core.documents.spreadsheets import FRAMED_HEAD, FRAMED_TEXT, TITLE, Spreadsheet
from core.scope import AreaTree

from ..models import Recommendation
from .selectors import Lateness, lateness

HEAD_ROW = 2
WIDTHS = (22, 26, 11, 22, 14, 44, 24, 11, 22, 40, 11, 22, 40, 11)


def recommendations_workbook(
    rows: Collection[Recommendation], *, tree: AreaTree, on: datetime.date
) -> bytes:
    """One line for each recommendation, as the page shows it."""
    file, title, late = (
        io.BytesIO(),
        _("Recommendations followed"),
        lateness(rows, tree=tree, on=on),
    )
    with Spreadsheet(file, title=title) as book:
        sheet = book.sheet(title)
        for place, width in enumerate(WIDTHS):
            sheet.widths(place, place, width)
        sheet.text(0, 0, f"{title}, {_day(on)}", TITLE)
        headings = [_("Commune"), _("School"), _("Day of the visit"), _("What it is about")]
        headings += [
            _("Severity"),
            _("Recommendation"),
            _("Who answers for it"),
            _("To be done by"),
            _("State"),
        ]
        headings += [_("What was done"), _("Done on"), _("Answered by"), _("What shows it")]
        sheet.row(HEAD_ROW, [*headings, _("Carried out on")], FRAMED_HEAD)
        for line, each in enumerate(rows, start=HEAD_ROW + 1):
            sheet.row(line, _texts(each, late[each.pk]), FRAMED_TEXT)
        sheet.freeze(HEAD_ROW + 1)
        sheet.print_on_a4(head=(HEAD_ROW, HEAD_ROW))
    return file.getvalue()


def _texts(row: Recommendation, late: Lateness) -> list[str]:
    return [
        row.visit.commune.title,
        row.school.name if row.school else "",
        _day(row.visit.visited_on),
        row.get_kind_display(),
        row.get_severity_display(),
        row.text,
        row.owner,
        _day(row.due_on),
        state_words(row, late),
        row.remedy,
        _day(row.remedied_on),
        str(row.answered_by or ""),
        row.evidence,
        _day(row.done_on),
    ]


def state_words(row: Recommendation, late: Lateness) -> str:
    """Its state, how long overdue, and whether it was opened again."""
    words = [str(row.get_state_display())]
    if late.days:
        words = [_("%(days)s days overdue") % {"days": late.days}]
    if row.reopened_at is not None and row.state == Recommendation.State.OPEN:
        words.append(str(_("Opened again")))
    return ", ".join(words)


def _day(day: datetime.date | None) -> str:
    return "" if day is None else f"{day:%d/%m/%Y}"
