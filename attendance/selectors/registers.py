"""Reading registers: a school's day, one sheet, its history."""

import datetime
import itertools
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.translation import gettext as _

from core.vietnamese import sort_key
from schools.enums import Session
from schools.models import Enrolment, Pupil, SchoolClass
from schools.selectors.rolls import names_apart, namesakes, roll_counts_on, roll_on

from ..devices import kind_of_device
from ..enums import Mark, RegisterState
from ..models import Absence, PlannedLeave, Register, RegisterRevision
from .calendar import ONE_DAY, due_bits_between, due_sessions
from .counting import counts_for, is_held, not_counted
from .leaves import leaves_at

DAYS_SHOWN = 5
LEAVERS_SHOWN_FOR = datetime.timedelta(days=30)
LOOK_AHEAD = datetime.timedelta(days=21)


@dataclass
class DayEntry:
    """One class and session of a day: due, or with a register although it is not."""

    school_class: SchoolClass
    session: Session
    register: Register | None
    roll: int
    is_due: bool = True

    @property
    def state(self):
        """not_taken, taken or not_held: three words, never two."""
        return self.register.state if self.register else "not_taken"

    @property
    def done(self):
        return self.register is not None


@dataclass
class SchoolDay:
    """A school's entries of one day, what is missing first."""

    school: object
    entries: list = field(default_factory=list)

    @property
    def classes(self):
        """The classes of the day, each once, by name."""
        found = {entry.school_class.pk: entry.school_class for entry in self.entries}
        return sorted(found.values(), key=lambda each: (each.grade_list, each.name_key))

    @property
    def done(self):
        return sum(entry.done for entry in self.entries if entry.is_due)

    @property
    def total(self):
        return sum(entry.is_due for entry in self.entries)


def day_board(places, date, *, school_id=None):
    """`SchoolDay`s of the classes inside the places on a day, schools by name.

    A fixed number of queries whatever the number of classes.
    """
    classes = classes_on(places, date, school_id=school_id)
    return board_of(classes, date, due_sessions(classes, date, date + ONE_DAY))


def classes_on(places, date, *, school_id=None):
    """The classes inside the places that run on a day; one query."""
    classes = SchoolClass.objects.within(places).running_on(date)
    if school_id is not None:
        classes = classes.filter(school_id=school_id)
    return list(classes.select_related("school", "site", "year"))


def board_of(classes, date, due):
    """`day_board` of classes whose `due_sessions` are known already; two queries."""
    registers = {
        (register.school_class_id, register.session): register
        for register in Register.objects.filter(
            school_class__in=[each.pk for each in classes], date=date
        )
    }
    rolls = roll_counts_on([each.pk for each in classes], date)
    days = {}
    for school_class in sorted(
        classes, key=lambda each: (each.school.name_key, each.grade_list, each.name_key)
    ):
        sessions = {session for day, session in due[school_class.pk] if day == date}
        sessions |= {s for s in Session if (school_class.pk, s) in registers}
        for session in Session:
            if session in sessions:
                day = days.setdefault(school_class.school_id, SchoolDay(school_class.school))
                day.entries.append(
                    DayEntry(
                        school_class,
                        session,
                        registers.get((school_class.pk, session)),
                        rolls.get(school_class.pk, 0),
                        (date, session) in due[school_class.pk],
                    )
                )
    for day in days.values():
        day.entries.sort(key=lambda entry: entry.done)
    return list(days.values())


def next_due_date(places, date, *, school_id=None):
    """The next day after `date` on which a class inside the places has school, or None."""
    classes = SchoolClass.objects.within(places).filter(year__valid_to__gt=date)
    if school_id is not None:
        classes = classes.filter(school_id=school_id)
    classes = list(classes.select_related("year"))
    due = due_sessions(classes, date + ONE_DAY, date + LOOK_AHEAD)
    return min((day for sessions in due.values() for day, _session in sessions), default=None)


@dataclass
class SheetRow:
    """A pupil on the sheet: mark of now, how the last days went, and leave of this session.

    Before there is a register, `mark` says P for leave: a default to look at, until it is sent.
    `is_uncounted`: the register says nothing of the pupil; there is no mark then.
    """

    pupil: object
    number: int
    mark: str = ""
    reason: str = ""
    days: list = field(default_factory=list)
    leave: PlannedLeave | None = None
    is_told_later: bool = False
    is_namesake: bool = False
    is_uncounted: bool = False

    @property
    def days_text(self):
        """The row of days as one word: "✓" present, a mark, "–" not counted."""
        return "".join({"": "✓", "none": "–"}.get(day, day) for day in self.days)


@dataclass
class Sheet:
    """Everything the sheet of one class, date and session shows."""

    school_class: SchoolClass
    date: datetime.date
    session: Session
    register: Register | None
    revision: RegisterRevision | None
    rows: list
    leavers: list
    kept: list = field(default_factory=list)
    is_due: bool = True

    @property
    def base_revision(self):
        return self.register.revision if self.register else 0

    @property
    def counted(self):
        """How many pupils the register speaks of, or would."""
        return sum(not row.is_uncounted for row in self.rows)

    @property
    def prefilled(self):
        """How many pupils the sheet shows away beforehand."""
        return 0 if self.register else sum(row.leave is not None for row in self.rows)


def sheet_of(school_class, date, session):
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
    due = due_bits_between([school_class], first, date + ONE_DAY)[school_class.pk]
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
        kept_marks(revision),
        is_held(due, date, session),
    )


def _day(past, spell, marks, left_out, due):
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


def _show_leave(row, leave, register):
    row.leave = leave
    if leave is None:
        return
    if register is None:
        row.mark, row.reason = Mark.EXCUSED.value, leave.reason
    elif row.is_uncounted:
        row.is_told_later = False
    elif register.state == RegisterState.TAKEN and row.mark != Mark.EXCUSED:
        row.is_told_later = leave.recorded_at > register.sent_at


@dataclass
class Change:
    """What one revision changed for one pupil, against the revision before."""

    name: str
    before: str
    after: str


@dataclass
class Step:
    """One revision in a register's history."""

    revision: RegisterRevision
    changes: list
    set_aside: list
    came: list = field(default_factory=list)
    left: list = field(default_factory=list)
    kept: list = field(default_factory=list)

    @property
    def names(self):
        """Names of the pupils it tells of."""
        marked = {name for name, _mark in (*self.set_aside, *self.kept)}
        return marked | {each.name for each in self.changes} | {*self.came, *self.left}

    @property
    def merged(self):
        """Whether the sender had not seen the revision before this one."""
        return self.revision.sent_marks is not None

    @property
    def device(self):
        """What it was sent from, in a word."""
        return kind_of_device(self.revision.device)


def history_of(register):
    """The revisions of a register, newest first, with what each changed; two queries."""
    revisions = list(register.revisions.select_related("sent_by").order_by("number"))
    names = pupil_names(
        {
            int(pk)
            for each in revisions
            for pk in {*each.marks, *(each.set_aside or {}), *(each.off_roll or {})}
        }
        | _of_roll_changes(revisions),
        beside={pk for each in revisions for pk in each.roll},
    )
    steps = []
    before, roll = {}, set()
    for revision in revisions:
        changes = [
            Change(names.get(int(pk), pk), _said(before.get(pk)), _said(revision.marks.get(pk)))
            for pk in sorted(
                {*before, *revision.marks}, key=lambda pk: sort_key(names.get(int(pk), ""))
            )
            if before.get(pk) != revision.marks.get(pk) and pk not in (revision.off_roll or {})
        ]
        set_aside = [
            (names.get(int(pk), pk), _said(mark) or _("Present"))
            for pk, mark in (revision.set_aside or {}).items()
        ]
        step = Step(revision, changes, set_aside)
        if revision.roll_choice:
            came, left = set(revision.roll) - roll, roll - set(revision.roll)
            step.came = sorted((names.get(pk, str(pk)) for pk in came), key=sort_key)
            step.left = sorted((names.get(pk, str(pk)) for pk in left), key=sort_key)
        step.kept = [
            (names.get(int(pk), pk), _said(mark))
            for pk, mark in (revision.off_roll or {}).items()
            if mark[0] in Mark.values
        ]
        steps.append(step)
        before, roll = revision.marks, set(revision.roll)
    return steps[::-1]


def _of_roll_changes(revisions):
    """Ids of pupils who came to or left the register between two revisions."""
    found = set()
    for before, after in itertools.pairwise(revisions):
        if after.roll_choice:
            found |= set(before.roll) ^ set(after.roll)
    return found


def kept_marks(revision):
    """[(name, mark in words)] kept for pupils off the roll of the day; one query, none without."""
    kept = {
        int(pk): mark
        for pk, mark in ((revision and revision.off_roll) or {}).items()
        if mark[0] in Mark.values
    }
    names = pupil_names(kept, beside=revision.roll) if kept else {}
    return [(names.get(pk, pk), _said(mark)) for pk, mark in kept.items()]


def pupil_names(pupil_ids, beside=()):
    """Dict pupil id -> name, for ids already known to lie inside the reader's places; one query.

    Namesakes among them and the pupils `beside` them carry their day of birth.
    """
    return names_apart(list(Pupil.objects.filter(pk__in={*pupil_ids, *beside})))


def _said(mark):
    return Mark(mark[0]).label if mark and mark[0] else ""


def register_at(school_class, date, session):
    """The register of a class session, or None."""
    return Register.objects.filter(school_class=school_class, date=date, session=session).first()


def register_of(school_class, date, session):
    """(register, its newest revision) of a class session, or None; two queries."""
    register = register_at(school_class, date, session)
    if register is None:
        return None
    return register, register.revisions.select_related("sent_by").get(number=register.revision)


def next_not_taken(places, date, *, after):
    """The next class session of the same school without a register, or None."""
    days = day_board(places, date, school_id=after.school_id)
    return next((entry for day in days for entry in day.entries if not entry.done), None)
