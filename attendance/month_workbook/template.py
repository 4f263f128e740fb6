"""The month of a class as a workbook: filled in by hand, uploaded again, or printed."""

import datetime
import io
from collections.abc import Sequence
from typing import TypeAlias

from django.utils.translation import gettext as _

from core.documents.spreadsheets import (
    FRAMED,
    FRAMED_HEAD,
    FRAMED_TEXT,
    PLAIN,
    TITLE,
    Sheet,
    Spreadsheet,
)
from schools.enums import Session

from ..enums import RegisterState
from ..mark_parsing import NOT_COUNTED
from ..month_sheet.selectors import ClassMonth, Column, Line
from .cell_values import OFFERED, reason_examples, written_mark, written_not_held
from .headings import CODE, NAME, OFF, SESSION_LETTERS, WEEKDAYS
from .pupil_codes import code_of

# A day with a session, or one without school.
Day: TypeAlias = tuple[datetime.date, Column | None]

NUMBER_COLUMN, CODE_COLUMN, NAME_COLUMN, FIRST_DAY = range(4)
HEADING_ROW = 5
HEADING_HEIGHT = 3
FIRST_PUPIL = HEADING_ROW + HEADING_HEIGHT
GREY = "#D9DBE0"
NUMBER = FRAMED.but(align="center")
MARK = FRAMED_TEXT.but(align="center", shrink=True)
MARK_UNCOUNTED = MARK.but(pattern=15, fg_color=GREY, italic=True)
MARK_OFF = MARK.but(bg_color=GREY)
HEAD = FRAMED_HEAD.but(font_size=10)
HEAD_OFF = HEAD.but(text_wrap=False, bg_color=GREY, bold=False)


def write_month(month: ClassMonth) -> bytes:
    """Bytes of an .xlsx of a `ClassMonth`.

    One column for each due session and one, grey, for each day without school. Marks of taken
    registers are filled in; a day on which a pupil was not on the roll is grey, one that does
    not count for the pupil says "kt".
    """
    file = io.BytesIO()
    name = _("Attendance book %(name)s, month %(month)s") % {
        "name": month.school_class.name,
        "month": month.month.label,
    }
    # The headings are merged over their rows; a class is small.
    with Spreadsheet(file, title=name, row_by_row=False) as book:
        sheet = book.sheet(f"T{month.month.number}-{month.month.year}")
        days = _days(month)
        _set_up(sheet, len(days), len(month.lines))
        _write_titles(sheet, month)
        _write_headings(sheet, days)
        for index, line in enumerate(month.lines):
            _write_line(sheet, index, line, days)
    return file.getvalue()


def _days(month: ClassMonth) -> list[Day]:
    """[(date, `Column` or None for a day without school)]."""
    due: dict[datetime.date, list[Column]] = {}
    for column in month.columns:
        if column.is_due:
            due.setdefault(column.date, []).append(column)
    return [(date, column) for date in month.month.days() for column in due.get(date, [None])]


def _set_up(sheet: Sheet, days: int, pupils: int) -> None:
    sheet.print_on_a4(head=(HEADING_ROW, FIRST_PUPIL - 1))
    sheet.freeze(FIRST_PUPIL, FIRST_DAY)
    sheet.widths(NUMBER_COLUMN, NUMBER_COLUMN, 5)
    sheet.widths(CODE_COLUMN, CODE_COLUMN, 13)
    sheet.widths(NAME_COLUMN, NAME_COLUMN, 26)
    sheet.widths(FIRST_DAY, FIRST_DAY + days - 1, 5.3)
    if pupils:
        sheet.offer(
            (FIRST_PUPIL, FIRST_PUPIL + pupils - 1),
            (FIRST_DAY, FIRST_DAY + days - 1),
            OFFERED,
            title=_("Attendance letter"),
            message=_("x present, P excused, K unexcused, M late. N and a reason: no school."),
        )


def _write_titles(sheet: Sheet, month: ClassMonth) -> None:
    name, label = month.school_class.name, month.month.label
    for row, (text, style) in enumerate(
        [
            (month.school_class.school.name, PLAIN),
            # As the upload reads it: class and month are known by these words.
            (f"SỔ ĐIỂM DANH LỚP {name} · THÁNG {label}", TITLE),
            (
                _(
                    "x present · P absent, excused · K absent, unexcused · M late. A day with an "
                    "empty column is not taken; on a taken day every pupil has a letter."
                ),
                PLAIN,
            ),
            (
                _("No school in a session: write the reason once in its column: %(examples)s.")
                % {"examples": reason_examples()},
                PLAIN,
            ),
        ]
    ):
        sheet.text(row, 0, text, style)


def _write_headings(sheet: Sheet, days: Sequence[Day]) -> None:
    last = HEADING_ROW + HEADING_HEIGHT - 1
    for column, text in (
        (NUMBER_COLUMN, "STT"),
        (CODE_COLUMN, CODE.header),
        (NAME_COLUMN, NAME.header),
    ):
        sheet.merged_down((HEADING_ROW, last), column, text, HEAD)
    for index, (date, due) in enumerate(days):
        style = HEAD if due else HEAD_OFF
        session = SESSION_LETTERS[Session(due.session)] if due else OFF
        for row, text in enumerate((f"{date.day}/{date.month}", WEEKDAYS[date.weekday()], session)):
            sheet.text(HEADING_ROW + row, FIRST_DAY + index, text, style)


def _write_line(sheet: Sheet, index: int, line: Line, days: Sequence[Day]) -> None:
    row = FIRST_PUPIL + index
    sheet.number(row, NUMBER_COLUMN, index + 1, NUMBER)
    sheet.row(row, [code_of(line.pupil), line.pupil.full_name], FRAMED_TEXT, first=CODE_COLUMN)
    for place, (date, column) in enumerate(days, FIRST_DAY):
        if column is None or not line.is_on_roll(date):
            sheet.blank(row, place, MARK_OFF)
        elif column.state == RegisterState.TAKEN and column.key in line.uncounted:
            sheet.text(row, place, NOT_COUNTED, MARK_UNCOUNTED)
        elif text := _text(line, column):
            sheet.text(row, place, text, MARK)
        else:
            sheet.blank(row, place, MARK)


def _text(line: Line, column: Column) -> str:
    if column.register and column.state == RegisterState.NOT_HELD:
        return written_not_held(column.register.not_held_reason)
    if column.state == RegisterState.TAKEN:
        return written_mark(line.marks.get(column.key, ("", ""))[0])
    return ""
