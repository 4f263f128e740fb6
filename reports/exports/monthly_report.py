"""The monthly report of an area as a workbook of two sheets, with the figures of the screen."""

import os
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.months import Month
from core.permissions import Permission
from schools.models import Area

from ..models import Publication
from ..month_review.published import tables_of_area
from ..papers.offices import month_year, office_of, place_of
from ..report_types import Progress, ReportOrder, ReportType
from ..selectors.monthly import MonthlyTables
from . import monthly
from .month_table import MonthTable, in_charge_of, table_csv, write_table

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
    summed = tables.total | {"commune": _("Grand total"), "school": ""}
    sheets = [
        monthly.Sheet(_("By commune"), monthly.columns([commune]), tables.communes, summed),
        monthly.Sheet(_("By school"), monthly.columns([commune, school]), tables.schools, summed),
    ]
    table = month_table(order.area, order.month, tables, published)
    about = [
        *tables.about,
        # No time of making and no person: the same figures give the same file.
        (_("Figures as of"), as_of(tables)),
        *([(_("Publication"), f"{published.run_id}, {published.code}")] if published else []),
    ]
    return monthly.write(
        os.fspath(path),
        title=tables.title,
        about=about,
        sheets=sheets,
        first=lambda book: write_table(book, table),
        on_row=on_row,
    )


def render_csv(order: ReportOrder, path: Path, progress: Progress) -> int:
    """Write the monthly table of the order's area and month as CSV; returns the number of rows."""
    if order.area is None or order.month is None:
        raise ValueError("the monthly table is of an area and a month")
    progress(0, 1)
    tables, published = tables_of_area(order.area, order.month)
    table = month_table(order.area, order.month, tables, published)
    path.write_bytes(table_csv(table).encode())
    progress(1, 1)
    return len(tables.schools)


def month_table(
    area: Area, month: Month, tables: MonthlyTables, published: Publication | None
) -> MonthTable:
    """The table that the office of an area signs."""
    office = office_of(area, month)
    as_published = _("Figures published as %(run)s, verification code %(code)s")
    return MonthTable(
        month=month,
        office=office,
        place=place_of(area),
        month_year=month_year(),
        subject=tables.title,
        about=as_published % {"run": published.run_id, "code": published.code}
        if published is not None
        else _("Figures counted at %(moment)s") % {"moment": as_of(tables)},
        tables=tables,
        in_charge=in_charge_of(area, month),
    )


MONTHLY = ReportType(
    code="monthly",
    name=gettext_lazy("Monthly report"),
    permission=Permission.EXPORT_FIGURES,
    file_stem="bao-cao-thang",
    extension="xlsx",
    render=render,
)
MONTHLY_CSV = ReportType(
    code="monthly_csv",
    name=gettext_lazy("Monthly table (CSV)"),
    permission=Permission.EXPORT_FIGURES,
    file_stem="bieu-thang",
    extension="csv",
    render=render_csv,
    content_type="text/csv; charset=utf-8",
)
