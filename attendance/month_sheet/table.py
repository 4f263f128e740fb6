"""The month as the page and the paper show it: words, cells and totals of a `ClassMonth`."""

import datetime
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.months import Month
from schools.enums import Session

from ..enums import Mark, RegisterState
from ..mark_parsing import NOT_COUNTED, PRESENT, MarkAndReason
from .forms import Draft, code_of
from .selectors import ClassMonth, Column, ColumnKey, Line

if TYPE_CHECKING:
    from .refusals import Refusal

HATCHED = ("not_held", "closed")


@dataclass
class GridColumn:
    """A session of the month in words.

    `state`: taken, not_taken, not_held, closed (a register the calendar no longer asks for) or
    to_come. `is_locked`: the time to write it is over. `refusal`: why its draft was not accepted.
    """

    column: Column
    state: str
    is_writable: bool
    is_locked: bool = False
    draft: Draft | None = None
    refusal: "Refusal | None" = None
    roll: int | None = None
    present: int | None = None
    is_last_of_day: bool = False

    @property
    def code(self) -> str:
        return code_of(self.column.key)

    @property
    def css(self) -> str:
        """Classes of the column's heading."""
        marks = {
            "day-end": self.is_last_of_day,
            "is-locked": self.is_locked,
            "is-refused": self.refusal,
        }
        return " ".join([f"col--{self.state}", *(name for name, is_set in marks.items() if is_set)])

    @property
    def label(self) -> str:
        return column_label(self.column.key)

    @property
    def word(self) -> str:
        words = self._state_word
        return f"{words}, {_('locked')}" if self.is_locked else words

    @property
    def _state_word(self) -> str:
        return {
            "taken": _("Taken"),
            "not_taken": _("Not taken"),
            "not_held": _("Not held"),
            "closed": _("No school, the register does not count"),
            "to_come": _("Not come yet"),
        }[self.state]

    @property
    def weekday(self) -> str:
        return short_weekday(self.column.date)

    @property
    def session_letter(self) -> str:
        morning = self.column.session == Session.MORNING
        return pgettext("session", "m") if morning else pgettext("session", "a")

    @property
    def has_box(self) -> bool:
        """Only what is not taken yet can be sent with nothing in its cells."""
        return self.is_writable and not self.base_revision

    @property
    def base_revision(self) -> int:
        return self.draft.base_revision if self.draft else self.column.base_revision


@dataclass
class Cell:
    """One pupil in one session.

    `css`: how it looks; `labels`: ids of the words that name its field; `was`: what is stored,
    when the field says something else; `word`: what an abbreviation stands for.
    """

    text: str = ""
    css: str = ""
    name: str = ""
    labels: str = ""
    was: str | None = None
    word: str = ""
    offered: list[MarkAndReason] = field(default_factory=list)


@dataclass
class GridLine:
    """A pupil's row; `came` and `left` only when inside the month."""

    number: int
    line: Line
    came: datetime.date | None
    left: datetime.date | None
    cells: list[Cell]

    @property
    def totals(self) -> list[int]:
        """How many P, K and M, in this order."""
        letters = [cell.text for cell in self.cells]
        return [letters.count(mark) for mark in ("P", "K", "M")]


@dataclass
class Grid:
    """`missing`: how many registers up to today are not taken."""

    columns: list[GridColumn]
    lines: list[GridLine]
    missing: int

    @property
    def is_writable(self) -> bool:
        return any(each.is_writable for each in self.columns)

    @property
    def has_locked(self) -> bool:
        return any(each.is_locked for each in self.columns)

    @property
    def has_uncounted(self) -> bool:
        return any(cell.text == NOT_COUNTED for line in self.lines for cell in line.cells)

    @property
    def has_boxes(self) -> bool:
        return any(each.has_box for each in self.columns)

    @property
    def has_afternoons(self) -> bool:
        return len({each.column.session for each in self.columns}) > 1


def month_grid(
    month: ClassMonth,
    *,
    today: datetime.date,
    may_write: bool,
    drafts: Mapping[ColumnKey, Draft] | None = None,
    refusals: "Mapping[ColumnKey, Refusal] | None" = None,
) -> Grid:
    """`Grid` of a `ClassMonth`.

    Args:
        drafts: column key -> `Draft` that was not accepted or is looked at again.
        refusals: column key -> why.
    """
    drafts, refusals = drafts or {}, refusals or {}
    columns = [
        _column(each, today, may_write, drafts.get(each.key), refusals.get(each.key))
        for each in month.columns
    ]
    if len({each.column.session for each in columns}) > 1:
        for each, after in itertools.pairwise(columns):
            each.is_last_of_day = each.column.date != after.column.date
    lines = [
        _line(number, line, month.month, columns) for number, line in enumerate(month.lines, 1)
    ]
    for each in columns:
        _count(each, month)
    missing = sum(each.state == "not_taken" for each in columns)
    return Grid(columns, lines, missing)


def column_label(key: ColumnKey) -> str:
    """ "Thứ 6 2/10 buổi sáng"."""
    date, session = key
    return f"{date_format(date, 'l')} {date.day}/{date.month} {Session(session).label.lower()}"


def short_weekday(date: datetime.date) -> str:
    """ "T6"; "CN" on Sundays."""
    return [
        pgettext("weekday, short", "Mon"),
        pgettext("weekday, short", "Tue"),
        pgettext("weekday, short", "Wed"),
        pgettext("weekday, short", "Thu"),
        pgettext("weekday, short", "Fri"),
        pgettext("weekday, short", "Sat"),
        pgettext("weekday, short", "Sun"),
    ][date.weekday()]


def _column(
    column: Column,
    today: datetime.date,
    may_write: bool,
    draft: Draft | None,
    refusal: "Refusal | None",
) -> GridColumn:
    if column.register is not None:
        state = str(column.register.state) if column.is_due else "closed"
    else:
        state = "not_taken" if column.date <= today else "to_come"
    is_writable = (
        may_write
        and column.is_open
        and (state not in HATCHED or draft is not None)
        and not (draft and draft.is_shut)
    )
    is_locked = may_write and state in ("taken", "not_taken") and not column.is_open
    return GridColumn(column, state, is_writable, is_locked, draft, refusal)


def _line(number: int, line: Line, month: Month, columns: Sequence[GridColumn]) -> GridLine:
    first = min(spell.valid_from for spell in line.spells)
    ends = [spell.valid_to for spell in line.spells if spell.valid_to is not None]
    last = max(ends) if len(ends) == len(line.spells) else None
    return GridLine(
        number=number,
        line=line,
        came=first if first > month.first else None,
        left=last if last and last <= month.last else None,
        cells=[_edged(_cell(line, each, first), each) for each in columns],
    )


def _edged(cell: Cell, each: GridColumn) -> Cell:
    if each.is_last_of_day:
        cell.css = f"{cell.css} day-end".strip()
    return cell


def _cell(line: Line, each: GridColumn, first: datetime.date) -> Cell:
    key, pupil_id = each.column.key, line.pupil.pk
    if not line.is_on_roll(each.column.date):
        return Cell(css="before" if each.column.date < first else "gone")
    if key in line.uncounted:
        # No field: a pupil who is not counted is not marked by filling a column.
        is_off = each.state in HATCHED and each.draft is None
        return Cell(css="off") if is_off else Cell(NOT_COUNTED, "uncounted", word=_("Not counted"))
    stored = ""
    if each.state == RegisterState.TAKEN:
        stored = str(line.marks[key][0]) if key in line.marks else PRESENT
    text = stored if each.draft is None else each.draft.cells.get(pupil_id, "")
    if each.draft is not None and (each.draft.base_revision or each.draft.is_ticked):
        text = text or PRESENT
    if each.state in HATCHED and each.draft is None:
        return Cell(css="off")
    cell = Cell(text, css=f"m-{text}" if text in (PRESENT, *Mark.values) else "")
    if each.draft is not None:
        if pupil_id in each.draft.wrong:
            cell.css = "wrong"
        elif pupil_id in each.draft.offered:
            cell.css += " contested"
        cell.offered = each.draft.offered.get(pupil_id, [])
    if each.is_writable:
        cell.name = f"mark-{pupil_id}-{each.code}"
        cell.labels = f"p{pupil_id} d{each.code}"
        cell.was = stored if text != stored else None
    elif each.draft is not None:
        cell.css += " kept"
    elif each.is_locked:
        cell.css += " locked"
    return cell


def _count(each: GridColumn, month: ClassMonth) -> None:
    """Present and roll: as the register has them, or as the draft would."""
    if each.draft is not None:
        roll = month.counted_on(each.column.key)
        away = [pk for pk, mark in each.draft.given.items() if mark != Mark.LATE]
        each.roll, each.present = len(roll), len(roll - set(away))
    elif each.state == RegisterState.TAKEN and each.column.register is not None:
        each.roll, each.present = each.column.register.roll, each.column.register.present
