"""The monthly report as a workbook: a pure writer, fed with rows and told what they mean.

Text that looks like a formula or an address stays text: names come from people.
"""

from dataclasses import dataclass

import xlsxwriter
from django.utils.translation import gettext as _

TEXT, WHOLE, SHARE, POINTS = "text", "whole", "share", "points"
# A share that one digit would show as nobody or everybody.
NEARLY = "nearly"


@dataclass(frozen=True)
class Column:
    """One column: key of the row, heading, kind of value, width in characters."""

    key: str
    heading: str
    kind: str = WHOLE
    width: int = 10


def columns(first):
    """Columns of a sheet; `first` are the naming columns that differ between sheets."""
    return [
        Column("number", _("No."), WHOLE, 5),
        *first,
        Column("level", _("Level"), TEXT, 11),
        Column("classes", _("Number of classes")),
        Column("year_start", _("Roll at year start")),
        # From here to the roll at the month's end: the one is the other plus and minus what
        # stands between, so that a reader can add it up.
        Column("started_late", _("Started late (year)")),
        Column("transfers_in", _("Moved in (year)")),
        Column("returned", _("Came back (year)")),
        Column("transfers_out", _("Moved out (year)")),
        Column("dropouts_year", _("Dropped out (year)")),
        Column("completed", _("Finished (year)")),
        Column("left_otherwise", _("Left otherwise (year)")),
        Column("changed_level", _("Came from other levels less gone to them (year)")),
        Column("roll", _("Roll at month end")),
        Column("dropouts_month", _("Dropped out (month)")),
        Column("girls", _("of these girls")),
        Column("minority", _("of these ethnic minority")),
        Column("retention_a", _("Retention A"), SHARE),
        Column("retention_b", _("Retention B"), SHARE),
        Column("due", _("Registers due")),
        Column("taken", _("Registers taken")),
        Column("coverage", _("Coverage"), SHARE),
        Column("expected", _("Expected pupil-sessions"), WHOLE, 12),
        Column("excused", _("Absent, excused")),
        Column("unexcused", _("Absent, unexcused")),
        Column("late", _("Late")),
        Column("attendance", _("Attendance rate"), SHARE),
        Column("low", _("Interval, lower end"), SHARE),
        Column("high", _("Interval, upper end"), SHARE),
        Column("target", _("Target"), SHARE),
        Column("to_target", _("To target (points)"), POINTS),
        Column("to_last_month", _("To last month (points)"), POINTS),
    ]


@dataclass(frozen=True)
class Sheet:
    """A named table: its columns and an iterable of row dicts."""

    name: str
    columns: list
    rows: list


def write(path, *, title, about, sheets, on_row=None):
    """Write the workbook to `path`.

    Args:
        title: heading of each sheet.
        about: list of (label, value) pairs: area, month, map, coverage, freshness, who, when.
        sheets: list of `Sheet`.
        on_row: called with the number of rows written so far, for progress.
    """
    workbook = xlsxwriter.Workbook(
        path,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    with workbook:
        formats = _formats(workbook)
        written = 0
        for sheet in sheets:
            page = workbook.add_worksheet(sheet.name)
            _set_up(page, sheet, formats, title, about)
            for index, row in enumerate(sheet.rows, start=1):
                _write_row(page, 3 + index, index, row, sheet.columns, formats)
                written += 1
                if on_row is not None:
                    on_row(written)
        _write_about(workbook, title, about, formats)
    return written


def _formats(workbook):
    base = {"font_name": "Times New Roman", "font_size": 12}
    framed = base | {"border": 1, "valign": "vcenter"}
    return {
        "title": workbook.add_format(base | {"bold": True, "font_size": 14}),
        "note": workbook.add_format(base | {"italic": True}),
        "plain": workbook.add_format(base),
        "head": workbook.add_format(
            framed | {"bold": True, "text_wrap": True, "align": "center", "bg_color": "#E8EAF3"}
        ),
        TEXT: workbook.add_format(framed | {"num_format": "@"}),
        WHOLE: workbook.add_format(framed | {"num_format": "#,##0"}),
        SHARE: workbook.add_format(framed | {"num_format": "0.0%"}),
        NEARLY: workbook.add_format(framed | {"num_format": "0.000%"}),
        POINTS: workbook.add_format(framed | {"num_format": "+0.0;-0.0;0.0"}),
    }


def _set_up(page, sheet, formats, title, about):
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(3)
    page.freeze_panes(4, 2)
    for index, column in enumerate(sheet.columns):
        page.set_column(index, index, column.width)
    page.write_string(0, 0, title, formats["title"])
    page.write_string(
        1, 0, " · ".join(f"{label}: {value}" for label, value in about[:4]), formats["note"]
    )
    page.set_row(3, 60)
    for index, column in enumerate(sheet.columns):
        page.write_string(3, index, column.heading, formats["head"])


def _write_row(page, line, number, row, sheet_columns, formats):
    for index, column in enumerate(sheet_columns):
        value = number if column.key == "number" else row.get(column.key)
        style = formats[column.kind]
        if value is None:
            page.write_string(line, index, "—", style)
        elif column.kind == TEXT:
            page.write_string(line, index, str(value), style)
        elif column.kind == POINTS:
            page.write_number(line, index, value * 100, style)
        elif column.kind == SHARE and round(value, 3) in (0, 1) and value not in (0, 1):
            page.write_number(line, index, value, formats[NEARLY])
        else:
            page.write_number(line, index, value, style)


def _write_about(workbook, title, about, formats):
    page = workbook.add_worksheet(_("About"))
    page.set_column(0, 0, 28)
    page.set_column(1, 1, 90)
    page.write_string(0, 0, title, formats["title"])
    for line, (label, value) in enumerate(about, start=2):
        page.write_string(line, 0, str(label), formats["plain"])
        page.write_string(line, 1, str(value), formats["plain"])
