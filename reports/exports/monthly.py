"""The monthly report as a workbook: a pure writer, fed with rows and told what they mean."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.documents.spreadsheets import (
    FRAMED,
    FRAMED_HEAD,
    FRAMED_TEXT,
    NOTE,
    PLAIN,
    TITLE,
    Spreadsheet,
)

TEXT, WHOLE, SHARE, POINTS = "text", "whole", "share", "points"
# A share that one digit would show as nobody or everybody.
NEARLY = "nearly"
STYLES = {
    TEXT: FRAMED_TEXT,
    WHOLE: FRAMED.but(num_format="#,##0"),
    SHARE: FRAMED.but(num_format="0.0%"),
    NEARLY: FRAMED.but(num_format="0.000%"),
    POINTS: FRAMED.but(num_format="+0.0;-0.0;0.0"),
}
# A row of names that fold, and the last row of a table.
WRAPPED = STYLES | {TEXT: FRAMED_TEXT.but(text_wrap=True)}
TOTALS = {kind: style.but(bold=True) for kind, style in STYLES.items()}
HEAD_ROW = 3


@dataclass(frozen=True)
class Column:
    """One column: key of the row, heading, kind of value, width in characters."""

    key: str
    heading: str
    kind: str = WHOLE
    width: float = 10


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
    """A named table: its columns, an iterable of row dicts, and the row of the total."""

    name: str
    columns: list
    rows: list
    total: dict


def write(path, *, title, about, sheets, first=None, on_row=None):
    """Write the workbook to `path`.

    Args:
        title: heading of each sheet.
        about: list of (label, value) pairs: area, month, map, coverage, freshness, who, when.
        sheets: list of `Sheet`.
        first: writes a sheet before them, given the `Spreadsheet`.
        on_row: called with the number of rows written so far, for progress.
    """
    written = 0
    with Spreadsheet(path, title=title) as book:
        if first is not None:
            first(book)
        for sheet in sheets:
            page = book.sheet(sheet.name)
            _begin(page, sheet, title, about)
            for index, row in enumerate(sheet.rows, start=1):
                write_row(page, HEAD_ROW + index, index, row, sheet.columns)
                written += 1
                if on_row is not None:
                    on_row(written)
            end = HEAD_ROW + 1 + len(sheet.rows)
            write_row(page, end, "", sheet.total, sheet.columns, styles=TOTALS)
        _write_about(book, title, about)
    return written


def _begin(page, sheet, title, about):
    # Two sheets side by side: on one the figures of so many columns could not be read.
    named = [place for place, column in enumerate(sheet.columns) if column.kind == TEXT]
    page.print_on_a4(head=(HEAD_ROW, HEAD_ROW), wide=2, names=(0, named[-1]))
    page.freeze(HEAD_ROW + 1, 2)
    for index, column in enumerate(sheet.columns):
        page.widths(index, index, column.width)
    page.text(0, 0, title, TITLE)
    page.text(1, 0, " · ".join(f"{label}: {value}" for label, value in about[:4]), NOTE)
    page.height(HEAD_ROW, 60)
    page.row(HEAD_ROW, [column.heading for column in sheet.columns], FRAMED_HEAD)


def write_row(page, line, number, row, sheet_columns, *, styles=STYLES):
    """One row of a table; `number` stands in the column of that name, "" for none."""
    for index, column in enumerate(sheet_columns):
        value = number if column.key == "number" else row.get(column.key)
        style = styles[column.kind]
        if value is None:
            page.text(line, index, "—", style)
        elif column.kind == TEXT or isinstance(value, str):
            page.text(line, index, value, style)
        elif column.kind == POINTS:
            page.number(line, index, value * 100, style)
        elif column.kind == SHARE and round(value, 3) in (0, 1) and value not in (0, 1):
            page.number(line, index, value, styles[NEARLY])
        else:
            page.number(line, index, value, style)


def _write_about(book, title, about):
    page = book.sheet(_("About"))
    page.widths(0, 0, 28)
    page.widths(1, 1, 90)
    page.text(0, 0, title, TITLE)
    for line, pair in enumerate(about, start=2):
        page.row(line, pair, PLAIN)
