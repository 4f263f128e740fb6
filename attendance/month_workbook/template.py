"""The month of a class as a workbook: filled in by hand, uploaded again, or printed."""

import io

import xlsxwriter
from django.utils.translation import gettext as _

from schools.enums import Session

from ..enums import RegisterState
from ..mark_parsing import NOT_COUNTED
from .cell_values import OFFERED, reason_examples, written_mark, written_not_held
from .headings import CODE, NAME, OFF, SESSION_LETTERS, WEEKDAYS
from .pupil_codes import code_of

NUMBER_COLUMN, CODE_COLUMN, NAME_COLUMN, FIRST_DAY = range(4)
HEADING_ROW = 5
HEADING_HEIGHT = 3
FIRST_PUPIL = HEADING_ROW + HEADING_HEIGHT
GREY = "#D9DBE0"


def write_month(month):
    """Bytes of an .xlsx of a `ClassMonth`.

    One column for each due session and one, grey, for each day without school. Marks of taken
    registers are filled in; a day on which a pupil was not on the roll is grey, one that does
    not count for the pupil says "kt".
    """
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    sheet = book.add_worksheet(f"T{month.month.number}-{month.month.year}")
    formats = _formats(book)
    days = _days(month)
    _set_up(sheet, len(days), len(month.lines))
    _write_titles(sheet, formats, month)
    _write_headings(sheet, formats, days)
    for index, line in enumerate(month.lines):
        _write_line(sheet, formats, index, line, days)
    book.close()
    return file.getvalue()


def _days(month):
    """[(date, `Column` or None for a day without school)]."""
    due = {}
    for column in month.columns:
        if column.is_due:
            due.setdefault(column.date, []).append(column)
    return [(date, column) for date in month.month.days() for column in due.get(date, [None])]


def _formats(book):
    base = {"font_name": "Times New Roman", "font_size": 12}
    framed = base | {"border": 1, "valign": "vcenter"}
    mark = framed | {"align": "center", "num_format": "@", "shrink": True}
    head = framed | {"align": "center", "bold": True, "bg_color": "#E8EAF3", "font_size": 10}
    return {
        "title": book.add_format(base | {"bold": True, "font_size": 14}),
        "plain": book.add_format(base),
        "head": book.add_format(head | {"text_wrap": True}),
        "head off": book.add_format(head | {"bg_color": GREY, "bold": False}),
        "number": book.add_format(framed | {"align": "center"}),
        "text": book.add_format(framed | {"num_format": "@"}),
        "mark": book.add_format(mark),
        "uncounted": book.add_format(mark | {"pattern": 15, "fg_color": GREY, "italic": True}),
        "off": book.add_format(mark | {"bg_color": GREY}),
    }


def _set_up(sheet, days, pupils):
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADING_ROW, FIRST_PUPIL - 1)
    sheet.freeze_panes(FIRST_PUPIL, FIRST_DAY)
    sheet.set_column(NUMBER_COLUMN, NUMBER_COLUMN, 5)
    sheet.set_column(CODE_COLUMN, CODE_COLUMN, 13)
    sheet.set_column(NAME_COLUMN, NAME_COLUMN, 26)
    sheet.set_column(FIRST_DAY, FIRST_DAY + days - 1, 5.3)
    if pupils:
        sheet.data_validation(
            FIRST_PUPIL,
            FIRST_DAY,
            FIRST_PUPIL + pupils - 1,
            FIRST_DAY + days - 1,
            {
                "validate": "list",
                "source": list(OFFERED),
                "error_type": "warning",
                "error_title": _("Attendance letter"),
                "error_message": _(
                    "x present, P excused, K unexcused, M late. N and a reason: no school."
                ),
            },
        )


def _write_titles(sheet, formats, month):
    name, label = month.school_class.name, month.month.label
    for row, (text, style) in enumerate(
        [
            (month.school_class.school.name, "plain"),
            # As the upload reads it: class and month are known by these words.
            (f"SỔ ĐIỂM DANH LỚP {name} · THÁNG {label}", "title"),
            (
                _(
                    "x present · P absent, excused · K absent, unexcused · M late. A day with an "
                    "empty column is not taken; on a taken day every pupil has a letter."
                ),
                "plain",
            ),
            (
                _("No school in a session: write the reason once in its column: %(examples)s.")
                % {"examples": reason_examples()},
                "plain",
            ),
        ]
    ):
        sheet.write_string(row, 0, text, formats[style])


def _write_headings(sheet, formats, days):
    last = HEADING_ROW + HEADING_HEIGHT - 1
    for column, text in (
        (NUMBER_COLUMN, "STT"),
        (CODE_COLUMN, CODE.header),
        (NAME_COLUMN, NAME.header),
    ):
        sheet.merge_range(HEADING_ROW, column, last, column, "", formats["head"])
        sheet.write_string(HEADING_ROW, column, text, formats["head"])
    for index, (date, column) in enumerate(days):
        style = formats["head" if column else "head off"]
        session = SESSION_LETTERS[Session(column.session)] if column else OFF
        for row, text in enumerate((f"{date.day}/{date.month}", WEEKDAYS[date.weekday()], session)):
            sheet.write_string(HEADING_ROW + row, FIRST_DAY + index, text, style)


def _write_line(sheet, formats, index, line, days):
    row = FIRST_PUPIL + index
    sheet.write_number(row, NUMBER_COLUMN, index + 1, formats["number"])
    sheet.write_string(row, CODE_COLUMN, code_of(line.pupil), formats["text"])
    sheet.write_string(row, NAME_COLUMN, line.pupil.full_name, formats["text"])
    for place, (date, column) in enumerate(days, FIRST_DAY):
        if column is None or not line.is_on_roll(date):
            sheet.write_blank(row, place, None, formats["off"])
        elif column.state == RegisterState.TAKEN and column.key in line.uncounted:
            sheet.write_string(row, place, NOT_COUNTED, formats["uncounted"])
        elif text := _text(line, column):
            sheet.write_string(row, place, text, formats["mark"])
        else:
            sheet.write_blank(row, place, None, formats["mark"])


def _text(line, column):
    if column.state == RegisterState.NOT_HELD:
        return written_not_held(column.register.not_held_reason)
    if column.state == RegisterState.TAKEN:
        return written_mark(line.marks.get(column.key, ("", ""))[0])
    return ""
