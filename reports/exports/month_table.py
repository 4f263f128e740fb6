"""The monthly table as an office files it: its head, the table by school, total, who signs.

The columns are those of an office's monthly table of enrolment, retention and attendance; read from
left to right the movements explain the roll at the month's end.
"""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.documents.spreadsheets import FRAMED_HEAD, NOTE, PLAIN, TITLE, Spreadsheet
from core.hooks import Hook
from core.months import Month
from schools.models import Area

from ..month_review.open_data import BOM, safe
from ..papers.drafts import Office
from ..selectors.monthly import MonthlyTables, ReportRow
from .monthly import POINTS, SHARE, TEXT, TOTALS, WHOLE, WRAPPED, Column, write_row

# Who answers for the communes of a month: {code of a commune: names}; asked of packages above.
answerable: Hook[Callable[[Area, Month], Mapping[str, str]]] = Hook("answerable")

CENTRED = PLAIN.but(align="center", valign="vcenter", text_wrap=True)
STRONG = CENTRED.but(bold=True)
NUMBERED = FRAMED_HEAD.but(bold=False, italic=True, font_size=10)
FIRST_TABLE_ROW = 7


@dataclass(frozen=True)
class MonthTable:
    """What the table says.

    Attributes:
        place: where it is signed; `about`: publication or moment of the figures, one line.
        in_charge: code of a commune -> who answers for it, as assigned when the table is made.
    """

    month: Month
    office: Office
    place: str
    month_year: str
    subject: str
    about: str
    tables: MonthlyTables
    in_charge: Mapping[str, str]

    @property
    def rows(self) -> list[ReportRow]:
        """By school and level, with who answers for the commune."""
        return [
            row | {"in_charge": self.in_charge.get(str(row["commune_code"]), "")}
            for row in self.tables.schools
        ]


def in_charge_of(area: Area, month: Month) -> dict[str, str]:
    """{code of a commune: who answers for it in a month}, by everybody who was asked."""
    found: dict[str, str] = {}
    for ask in answerable:
        found |= ask(area, month)
    return found


def table_columns() -> list[Column]:
    """The columns of the table, narrow enough for one A4 sheet across."""
    return [
        Column("number", _("No."), WHOLE, 4.5),
        Column("commune", _("Commune"), TEXT, 13),
        Column("school", _("School"), TEXT, 23),
        Column("level", _("Level"), TEXT, 8.5),
        Column("classes", _("Number of classes"), WHOLE, 5.5),
        Column("year_start", _("Roll at year start"), WHOLE, 7),
        Column("transfers_in", _("Moved in (year)"), WHOLE, 6.5),
        Column("transfers_out", _("Moved out (year)"), WHOLE, 6.5),
        Column("dropouts_year", _("Dropped out (year)"), WHOLE, 6.5),
        Column("returned", _("Came back (year)"), WHOLE, 6.5),
        Column("other", _("Other comings less goings (year)"), WHOLE, 7.5),
        Column("roll", _("Roll at month end"), WHOLE, 7.5),
        Column("dropouts_month", _("Dropped out (month)"), WHOLE, 6.5),
        Column("girls", _("of these girls"), WHOLE, 6.5),
        Column("minority", _("of these ethnic minority"), WHOLE, 6.5),
        Column("boarders", _("of these semi-boarders"), WHOLE, 6.5),
        Column("retention_a", _("Retention A"), SHARE, 7.5),
        Column("taken", _("Registers taken"), WHOLE, 7),
        Column("expected", _("Expected pupil-sessions"), WHOLE, 9),
        Column("excused", _("Absent, excused"), WHOLE, 7),
        Column("unexcused", _("Absent, unexcused"), WHOLE, 7),
        Column("attendance", _("Attendance rate"), SHARE, 8),
        Column("to_last_month", _("To last month (points)"), POINTS, 7),
        Column("to_target", _("To target (points)"), POINTS, 7),
        Column("main_reason", _("Reason most given (sessions)"), TEXT, 13),
        Column("in_charge", _("Who answers for the commune"), TEXT, 14),
    ]


def write_table(book: Spreadsheet, table: MonthTable) -> None:
    """The sheet of the table."""
    columns = table_columns()
    last = len(columns) - 1
    sheet = book.sheet(_("Monthly table"))
    sheet.print_on_a4(head=(FIRST_TABLE_ROW - 2, FIRST_TABLE_ROW - 1))
    for place, column in enumerate(columns):
        sheet.widths(place, place, column.width)
    left, right = (0, 8), (13, last)
    for line, (issuer, nation) in enumerate(
        (
            (table.office.above.upper(), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
            (table.office.name.upper(), "Độc lập - Tự do - Hạnh phúc"),
        )
    ):
        sheet.merged_across(line, left, issuer, STRONG if line else CENTRED)
        sheet.merged_across(line, right, nation, STRONG.but(underline=bool(line)))
    sheet.height(3, 40)
    sheet.merged_across(3, (0, last), table.subject, TITLE.but(align="center", text_wrap=True))
    sheet.merged_across(4, (0, last), table.about, NOTE.but(align="center"))
    sheet.height(FIRST_TABLE_ROW - 2, 96)
    sheet.row(FIRST_TABLE_ROW - 2, [column.heading for column in columns], FRAMED_HEAD)
    sheet.row(FIRST_TABLE_ROW - 1, [f"({at})" for at in range(1, last + 2)], NUMBERED)
    line = FIRST_TABLE_ROW - 1
    for number, row in enumerate(table.rows, start=1):
        line += 1
        write_row(sheet, line, number, row, columns, styles=WRAPPED)
    line += 1
    total = table.tables.total | {"commune": _("Grand total"), "school": "", "in_charge": ""}
    write_row(sheet, line, "", total, columns, styles=TOTALS)
    sheet.merged_across(
        line + 1,
        (0, last),
        _(
            "Roll at year start + moved in − moved out − dropped out + came back + other comings "
            "less goings = roll at month end."
        ),
        NOTE,
    )
    _sign(sheet, table, line + 3, left, right)
    sheet.freeze(FIRST_TABLE_ROW, 3)


def table_csv(table: MonthTable) -> str:
    """The same rows as CSV with a byte order mark; shares as 0–1, points as such."""
    columns = [column for column in table_columns() if column.key != "number"]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_("Month"), *(column.heading for column in columns)])
    for row in table.rows:
        writer.writerow(
            [str(table.month), *(_plain(row.get(column.key), column) for column in columns)]
        )
    return BOM + out.getvalue()


def _sign(
    sheet: Any, table: MonthTable, line: int, left: tuple[int, int], right: tuple[int, int]
) -> None:
    sheet.merged_across(
        line, right, f"{table.place}, ngày ..... {table.month_year}", CENTRED.but(italic=True)
    )
    signs = [each.upper() for each in table.office.signs]
    sheet.merged_across(line + 1, left, "NGƯỜI LẬP BIỂU", STRONG)
    for offset, words in enumerate(signs, start=1):
        sheet.merged_across(line + offset, right, words, STRONG)
    below = line + 1 + len(signs)
    note = CENTRED.but(italic=True)
    sheet.merged_across(below, left, "(Ký, ghi rõ họ tên)", note)
    sheet.merged_across(below, right, "(Ký tên, đóng dấu)", note)


def _plain(value: Any, column: Column) -> Any:
    if value is None:
        return ""
    if isinstance(value, float):
        return round(value * 100, 4) if column.kind == POINTS else round(value, 6)
    return value if isinstance(value, int) else safe(str(value))
