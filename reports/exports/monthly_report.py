"""The monthly report of an area as a workbook of two sheets, with the figures of the screen."""

import os
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.permissions import Permission

from ..month_review.published import tables_of_area
from ..report_types import Progress, ReportOrder, ReportType
from ..selectors.monthly import MonthlyTables
from . import monthly

PROGRESS_EVERY = 50


def as_of(tables: MonthlyTables) -> str:
    """The moment of the figures, of those published that of their publication."""
    if tables.counted_at is None:
        return "—"
    return timezone.localtime(tables.counted_at).strftime("%H:%M %d/%m/%Y")


def render(order: ReportOrder, path: Path, progress: Progress) -> int:
    """Write the report of the order's area and month; returns the number of rows."""
    if order.area is None or order.month is None:
        raise ValueError("the monthly report is of an area and a month")
    tables, published = tables_of_area(order.area, order.month)
    total = len(tables.communes) + len(tables.schools)
    progress(0, total)

    def on_row(written: int) -> None:
        if written % PROGRESS_EVERY == 0 or written == total:
            progress(written, total)

    commune = monthly.Column("commune", _("Commune"), monthly.TEXT, 22)
    school = monthly.Column("school", _("School"), monthly.TEXT, 34)
    sheets = [
        monthly.Sheet(_("By commune"), monthly.columns([commune]), tables.communes),
        monthly.Sheet(_("By school"), monthly.columns([commune, school]), tables.schools),
    ]
    about = [
        *tables.about,
        # No time of making and no person: the same figures give the same file.
        (_("Figures as of"), as_of(tables)),
        *([(_("Publication"), f"{published.run_id}, {published.code}")] if published else []),
    ]
    return monthly.write(
        os.fspath(path), title=tables.title, about=about, sheets=sheets, on_row=on_row
    )


MONTHLY = ReportType(
    code="monthly",
    name=gettext_lazy("Monthly report"),
    permission=Permission.EXPORT_FIGURES,
    file_stem="bao-cao-thang",
    extension="xlsx",
    render=render,
)
