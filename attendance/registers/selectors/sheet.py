"""The sheet of one class session: its roll, the marks of now and of the last days."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Q

from core.months import Month
from core.types import StrOrPromise
from schools.enums import Session
from schools.models import Enrolment, Pupil, SchoolClass
from schools.pupils.selectors.rolls import namesakes, roll_on

from ...calendar.selectors.due_sessions import ONE_DAY, due_bits_of
from ...calendar.state import read_state
from ...enums import Mark, RegisterState
from ...leave.selectors import leaves_at
from ...models import Absence, PlannedLeave, Register, RegisterRevision
from .counting import counts_for, is_held, not_counted
from .registers import off_roll_marks

DAYS_SHOWN = 5
LEAVERS_SHOWN_FOR = datetime.timedelta(days=30)


@dataclass
class SheetRow:
    """A pupil on the sheet: mark of now, how the last days went, and leave of this session.

    Before there is a register, `mark` says P for leave: a default to look at, until it is sent.
    `is_uncounted`: the register says nothing of the pupil; there is no mark then.
    """

    pupil: Pupil
    number: int
    mark: str = ""
    reason: str = ""
    days: list[str] = field(default_factory=list)
    leave: PlannedLeave | None = None
    is_recorded_later: bool = False
    is_namesake: bool = False
    is_uncounted: bool = False

    @property
    def days_text(self) -> str:
        """The row of days as one text: "✓" present, a mark, "–" not counted."""
        return "".join({"": "✓", "none": "–"}.get(day, day) for day in self.days)


@dataclass
class Sheet:
    """Everything the sheet of one class, date and session shows; `calendar`: its state then."""

    school_class: SchoolClass
    date: datetime.date
    session: Session
    register: Register | None
    revision: RegisterRevision | None
    rows: list[SheetRow]
    leavers: list[Enrolment]
    off_roll: list[tuple[str, StrOrPromise]] = field(default_factory=list)
    is_due: bool = True
    calendar: str | None = None

    @property
    def base_revision(self) -> int:
        return self.register.revision if self.register else 0

    @property
    def counted(self) -> int:
        """How many pupils the register speaks of, or would."""
        return sum(not row.is_uncounted for row in self.rows)

    @property
    def prefilled(self) -> int:
        """How many pupils the sheet shows away beforehand."""
        return 0 if self.register else sum(row.leave is not None for row in self.rows)


def sheet_of(school_class: SchoolClass, date: datetime.date, session: Session) -> Sheet:
    """The sheet of a class on a day: the roll of that day with marks and the last five sessions.

    A fixed number of queries whatever the size of the class.
    """
    leaves = leaves_at(school_class.school_id, date, session)
    spells = roll_on(school_class, date)
    registers = list(
        Register.objects.filter(school_class=school_class)
        .filter(Q(date__lt=date) | Q(date=date, session__lte=session))
        .order_by("-date", "-session")[: DAYS_SHOWN + 1]
    )
    register = next((r for r in registers if (r.date, r.session) == (date, session)), None)
    before = [r for r in registers if r is not register][:DAYS_SHOWN][::-1]
    ids = [each.pk for each in registers]
    marks = {
        (absence.register_id, absence.pupil_id): absence
        for absence in Absence.objects.filter(register__in=ids)
    }
    left_out = not_counted(register__in=ids)
    first = before[0].date if before else date
    calendar = read_state()
    due = due_bits_of(school_class, first, date + ONE_DAY, state=calendar)
    rows = []
    alike = namesakes([spell.pupil for spell in spells])
    for number, spell in enumerate(spells, start=1):
        row = SheetRow(spell.pupil, number, is_namesake=spell.pupil_id in alike)
        if register is not None:
            row.is_uncounted = (register.pk, spell.pupil_id) in left_out
            now = marks.get((register.pk, spell.pupil_id))
            if now is not None:
                row.mark, row.reason = now.mark, now.reason
        row.days = [_day(past, spell, marks, left_out, due) for past in before]
        _show_leave(row, leaves.get(spell.pupil_id), register)
        rows.append(row)
    revision = None
    if register is not None:
        revision = register.revisions.select_related("sent_by").get(number=register.revision)
    leavers = (
        Enrolment.objects.filter(
            school_class=school_class, valid_to__lte=date, valid_to__gt=date - LEAVERS_SHOWN_FOR
        )
        .exclude(pupil__in=[spell.pupil_id for spell in spells])
        .select_related("pupil")
        .order_by("pupil__name_key")
    )
    return Sheet(
        school_class,
        date,
        Session(session),
        register,
        revision,
        rows,
        list(leavers),
        off_roll_marks(revision),
        is_held(due, date, session),
        calendar,
    )


def _day(
    past: Register,
    spell: Enrolment,
    marks: Mapping[tuple[int, int], Absence],
    left_out: set[tuple[int, int]],
    due: Mapping[Month, int],
) -> str:
    """ "" present, P, K, M, or "none" when the session does not count for the pupil."""
    counts = (
        past.state == RegisterState.TAKEN
        and is_held(due, past.date, past.session)
        and counts_for(spell, past.pk, past.date, left_out)
    )
    if not counts:
        return "none"
    absence = marks.get((past.pk, spell.pupil_id))
    return absence.mark if absence else ""


def _show_leave(row: SheetRow, leave: PlannedLeave | None, register: Register | None) -> None:
    row.leave = leave
    if leave is None:
        return
    if register is None:
        row.mark, row.reason = Mark.EXCUSED.value, leave.reason
    elif row.is_uncounted:
        row.is_recorded_later = False
    elif register.state == RegisterState.TAKEN and row.mark != Mark.EXCUSED:
        row.is_recorded_later = leave.recorded_at > register.sent_at
