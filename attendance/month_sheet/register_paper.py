"""The register of a class and month on paper: what stands on it, as PDF and as Excel.

Sheets of A4 across: a row for each pupil, a column for each session of the calendar, sums by
pupil and by session, who sent each register, and where class teacher and head sign.
"""

import datetime
import io
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.documents.pdf import make_pdf
from core.documents.spreadsheets import (
    FRAMED_HEAD,
    FRAMED_TEXT,
    NOTE,
    PLAIN,
    TITLE,
    Sheet,
    Spreadsheet,
)

from ..enums import RegisterState
from .selectors import ClassMonth, ColumnKey, senders_of
from .table import Cell, Grid, GridColumn, GridLine, month_grid

TEMPLATE = Path(__file__).with_name("class_register.typ")
# Classes of `Cell` that mean another ground than white; the rest of them are of the screen.
GROUNDS = ("off", "gone", "before", "uncounted")
GREY = "#D9DBE0"
HEADING_ROW, HEADING_HEIGHT = 4, 3
NUMBER_COLUMN, NAME_COLUMN, FIRST_DAY = range(3)
HEAD = FRAMED_HEAD.but(font_size=9, valign="vcenter")
CENTERED = FRAMED_TEXT.but(align="center", font_size=10, shrink=True)
CENTERED_GREY = CENTERED.but(bg_color=GREY)
NAME = FRAMED_TEXT.but(font_size=10)
SUM = CENTERED.but(bold=True, num_format="0")
BOLD = PLAIN.but(bold=True)


@dataclass(frozen=True)
class PaperColumn:
    """A session; `sums` are the texts below it, "" where no register counts."""

    weekday: str
    day: int
    session: str
    sums: Sequence[str]


@dataclass(frozen=True)
class PaperRow:
    """A pupil; `cells` are (text, one of `GROUNDS` or ""), `sums` P, K, both and M."""

    number: int
    name: str
    note: str
    has_left: bool
    cells: Sequence[tuple[str, str]]
    sums: Sequence[int]


@dataclass(frozen=True)
class RegisterPaper:
    """All that stands on the paper, in words.

    Attributes:
        days: (weekday, day, columns) of each day.
        below: headings of the rows of sums under the pupils.
        sums_of_all: P, K, both and M of everybody in the month.
        senders: "1: Lò Thị Mai", in the order in which they come.
    """

    school: str
    title: str
    about: str
    made: str
    columns: Sequence[PaperColumn]
    days: Sequence[tuple[str, int, int]]
    has_sessions: bool
    rows: Sequence[PaperRow]
    below: Sequence[str]
    sums_of_all: Sequence[int]
    senders: str
    legend: str
    words: Mapping[str, str]


def register_pdf(month: ClassMonth, *, today: datetime.date) -> bytes:
    """The register of a `ClassMonth` as PDF, in Vietnamese; one query."""
    with override("vi"):
        paper = register_paper(month, today=today)
    return make_pdf(TEMPLATE, {"register": asdict(paper)})


def register_excel(month: ClassMonth, *, today: datetime.date) -> bytes:
    """The same as .xlsx, in Vietnamese; one query."""
    file = io.BytesIO()
    with override("vi"):
        paper = register_paper(month, today=today)
    # Headings are merged over their rows; a class is small.
    with Spreadsheet(file, title=paper.title, row_by_row=False) as book:
        _write(book.sheet(f"T{month.month.number}-{month.month.year}"), paper)
    return file.getvalue()


def register_paper(month: ClassMonth, *, today: datetime.date) -> RegisterPaper:
    """What stands on the paper of a `ClassMonth`, in the present language; one query."""
    grid = month_grid(month, today=today, may_write=False)
    senders = senders_of(month)
    # Numbered as they come: a name does not fit over a column.
    people = {name: number for number, name in enumerate(dict.fromkeys(senders.values()), 1)}
    numbers = {key: people[name] for key, name in senders.items()}
    place, year = month.school_class, month.school_class.year.code
    site = "" if place.site.is_main else f" · {place.site.name}"
    return RegisterPaper(
        school=f"{place.school.name}{site}",
        title=_("Register of month %(number)s, %(year)s")
        % {"number": month.month.number, "year": month.month.year},
        about=_("Class %(name)s · school year %(year)s") % {"name": place.name, "year": year},
        made=_("As sent until %(time)s")
        % {"time": timezone.localtime().strftime("%H:%M %d/%m/%Y")},
        columns=[_column(each, numbers, grid) for each in grid.columns],
        days=[
            (group[0].weekday, day.day, len(group))
            for day, group in (
                (day, list(columns))
                for day, columns in itertools.groupby(
                    grid.columns, key=lambda each: each.column.date
                )
            )
        ],
        has_sessions=grid.has_afternoons,
        rows=[_row(line) for line in grid.lines],
        below=[
            _("Excused"),
            _("Unexcused"),
            _("Late"),
            _("Present"),
            _("Roll"),
            _("Sent by (no.)"),
        ],
        sums_of_all=[sum(each) for each in zip(*map(_sums, grid.lines), strict=True)],
        senders="; ".join(f"{number}: {name}" for name, number in people.items()),
        legend=_legend(grid),
        words=_words(),
    )


def _words() -> Mapping[str, str]:
    return {
        "number": _("No."),
        "name": _("Full name"),
        "sender": _("Sent by"),
        "not_held": _("Not held"),
        "left": _("Left the class"),
        "head": _("School head"),
        "teacher": _("Class teacher"),
        "signature": _("(signature, full name)"),
        "day": _("Day … month … year …"),
        "page": _("Page"),
        "excused": "P",
        "unexcused": "K",
        "both": "P+K",
        "late": "M",
    }


def _legend(grid: Grid) -> str:
    signs = [
        f"x: {_('Present')}",
        f"P: {_('Excused')}",
        f"K: {_('Unexcused')}",
        f"M: {_('Late')}",
        _("empty: not taken"),
    ]
    if grid.has_uncounted:
        signs.append(f"kt: {_('Not counted')}")
    return " · ".join(signs)


def _column(each: GridColumn, senders: Mapping[ColumnKey, int], grid: Grid) -> PaperColumn:
    register = each.column.register
    sums: list[object] = ["", "", "", "", ""]
    if each.state == RegisterState.TAKEN and register is not None:
        sums = [register.excused, register.unexcused, register.late, register.present]
        sums.append(register.roll)
    sums.append(senders.get(each.column.key, ""))
    return PaperColumn(
        weekday=each.weekday,
        day=each.column.date.day,
        session=each.session_letter if grid.has_afternoons else "",
        sums=[str(number) for number in sums],
    )


def _row(row: GridLine) -> PaperRow:
    notes = []
    if row.left is not None:
        notes.append(_("left %(day)s") % {"day": f"{row.left:%d/%m}"})
    elif row.came is not None:
        notes.append(_("from %(day)s") % {"day": f"{row.came:%d/%m}"})
    if row.line.is_namesake:
        notes.append(_("born %(day)s") % {"day": f"{row.line.pupil.birth_date:%d/%m/%Y}"})
    return PaperRow(
        number=row.number,
        name=row.line.pupil.full_name,
        note=", ".join(notes),
        has_left=row.left is not None,
        cells=[(cell.text, _ground(cell)) for cell in row.cells],
        sums=_sums(row),
    )


def _sums(row: GridLine) -> list[int]:
    excused, unexcused, late = row.totals
    return [excused, unexcused, excused + unexcused, late]


def _ground(cell: Cell) -> str:
    return next((each for each in cell.css.split() if each in GROUNDS), "")


# --- Excel -----------------------------------------------------------------------------------


def _write(sheet: Sheet, paper: RegisterPaper) -> None:
    sums = FIRST_DAY + len(paper.columns)
    first_pupil = HEADING_ROW + HEADING_HEIGHT
    sheet.print_on_a4(head=(HEADING_ROW, first_pupil - 1))
    sheet.freeze(first_pupil, FIRST_DAY)
    sheet.widths(NUMBER_COLUMN, NUMBER_COLUMN, 4.5)
    sheet.widths(NAME_COLUMN, NAME_COLUMN, 30)
    sheet.widths(FIRST_DAY, sums - 1, 3.6)
    sheet.widths(sums, sums + 3, 5)
    sheet.text(0, 0, paper.school, PLAIN)
    sheet.text(1, 0, paper.title.upper(), TITLE)
    sheet.text(2, 0, f"{paper.about} · {paper.made}", NOTE)
    _write_heads(sheet, paper, sums)
    for row, pupil in enumerate(paper.rows, first_pupil):
        sheet.number(row, NUMBER_COLUMN, pupil.number, CENTERED.but(num_format="0"))
        noted = f"{pupil.name} ({pupil.note})" if pupil.note else pupil.name
        sheet.text(row, NAME_COLUMN, noted, NAME)
        for column, (text, ground) in enumerate(pupil.cells, FIRST_DAY):
            sheet.text(row, column, text, CENTERED_GREY if ground else CENTERED)
        for column, number in enumerate(pupil.sums, sums):
            sheet.number(row, column, number, SUM)
    _write_foot(sheet, paper, first_pupil + len(paper.rows), sums)


def _write_heads(sheet: Sheet, paper: RegisterPaper, sums: int) -> None:
    words, last = paper.words, HEADING_ROW + HEADING_HEIGHT - 1
    sheet.merged_down((HEADING_ROW, last), NUMBER_COLUMN, words["number"], HEAD)
    sheet.merged_down((HEADING_ROW, last), NAME_COLUMN, words["name"], HEAD)
    for column, each in enumerate(paper.columns, FIRST_DAY):
        for row, text in enumerate((each.weekday, each.day, each.session), HEADING_ROW):
            sheet.text(row, column, text, HEAD)
    for column, sign in enumerate(("excused", "unexcused", "both", "late"), sums):
        sheet.merged_down((HEADING_ROW, last), column, words[sign], HEAD)


def _write_foot(sheet: Sheet, paper: RegisterPaper, row: int, sums: int) -> None:
    words = paper.words
    for index, heading in enumerate(paper.below):
        sheet.merged_across(row + index, (NUMBER_COLUMN, NAME_COLUMN), heading, NAME)
        for column, each in enumerate(paper.columns, FIRST_DAY):
            text = each.sums[index]
            if text:
                sheet.number(row + index, column, int(text), SUM)
            else:
                sheet.blank(row + index, column, CENTERED)
    for column, number in enumerate(paper.sums_of_all, sums):
        sheet.number(row, column, number, SUM)
    row += len(paper.below) + 1
    sheet.text(row, 0, paper.legend, NOTE)
    if paper.senders:
        sheet.text(row + 1, 0, f"{words['sender']}: {paper.senders}", NOTE)
    right = max(FIRST_DAY + 1, sums - 6)
    sheet.text(row + 3, right, words["day"], NOTE)
    sheet.text(row + 4, NAME_COLUMN, words["head"], BOLD)
    sheet.text(row + 4, right, words["teacher"], BOLD)
    sheet.text(row + 5, NAME_COLUMN, words["signature"], NOTE)
    sheet.text(row + 5, right, words["signature"], NOTE)
