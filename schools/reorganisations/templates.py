"""The table that an office fills in for a decree, with the units of today beside it."""

import io

from django.utils import timezone
from django.utils.translation import gettext as _

from core.documents.spreadsheets import LIST_HEAD, LIST_TEXT, Spreadsheet

from ..areas.selectors.tree import AreaTree
from .decree_files import COLUMNS

WIDTHS = {"number": 24, "decided_on": 14, "effective_on": 16, "name": 26, "note": 26, "carries": 22}


def empty_table() -> bytes:
    """An .xlsx: the headings of a decree, and on a second sheet the units of today."""
    file = io.BytesIO()
    tree = AreaTree.on(timezone.localdate())
    with Spreadsheet(file, title=_("Reorganisation of units")) as book:
        sheet = book.sheet(_("Decree"))
        for index, column in enumerate(COLUMNS):
            sheet.widths(index, index, WIDTHS.get(column.key, 11), LIST_TEXT)
        sheet.row(0, [column.header for column in COLUMNS], LIST_HEAD)
        sheet.freeze(1)
        units = book.sheet(_("Units of today"))
        units.widths(0, 0, 10, LIST_TEXT)
        units.widths(1, 2, 32)
        units.row(0, [_("Code"), _("Unit"), _("Lies in")], LIST_HEAD)
        for line, area in enumerate([*tree.districts, *tree.communes()], start=1):
            above = tree.parent(area.pk)
            units.row(line, [area.code, area.title, above.title if above else ""])
        units.freeze(1)
    return file.getvalue()
