"""A class's month as the paper book has it: pupils down, sessions across."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from django.db.models import F

from core.months import Month
from schools.enums import Session
from schools.models import Enrolment, Pupil, SchoolClass
from schools.pupils.selectors.rolls import namesakes

from ..calendar.selectors.due_sessions import due_sessions
from ..enums import RegisterState
from ..mark_parsing import MarkAndReason
from ..models import Absence, Register, RegisterRevision
from ..registers.selectors.counting import not_counted
from ..registers.selectors.windows import changeable

ColumnKey: TypeAlias = tuple[datetime.date, Session]
# What revisions say, by column and pupil.
MarksSeen: TypeAlias = Mapping[ColumnKey, Mapping[int, MarkAndReason]]


@dataclass
class Column:
    """One session of the month: due, or with a register although it is not.

    `is_open`: the asker may write its register today.
    """

    date: datetime.date
    session: Session
    is_due: bool
    is_open: bool
    register: Register | None

    @property
    def key(self) -> ColumnKey:
        return self.date, self.session

    @property
    def base_revision(self) -> int:
        return self.register.revision if self.register else 0

    @property
    def state(self) -> str:
        """not_taken, taken or not_held: three words, never two."""
        return self.register.state if self.register else "not_taken"


@dataclass
class Line:
    """A pupil's month: `spells` in this class, `marks` column key -> (mark, reason).

    `uncounted`: keys of the columns whose register says nothing of the pupil.
    """

    pupil: Pupil
    spells: list[Enrolment]
    is_namesake: bool = False
    marks: dict[ColumnKey, MarkAndReason] = field(default_factory=dict)
    uncounted: set[ColumnKey] = field(default_factory=set)

    def is_on_roll(self, date: datetime.date) -> bool:
        """Whether the pupil is on the roll of the class that day."""
        return any(spell.is_valid_on(date) for spell in self.spells)


@dataclass
class ClassMonth:
    """Columns by day and session, lines by the order of the names."""

    school_class: SchoolClass
    month: Month
    columns: list[Column]
    lines: list[Line]

    def marks_of(self, key: ColumnKey) -> dict[int, MarkAndReason]:
        """Dict pupil id -> (mark, reason) of one column."""
        return {line.pupil.pk: line.marks[key] for line in self.lines if key in line.marks}

    def roll_on(self, date: datetime.date) -> set[int]:
        """Ids of the pupils on the roll that day."""
        return {line.pupil.pk for line in self.lines if line.is_on_roll(date)}

    def counted_on(self, key: ColumnKey) -> set[int]:
        """Those of the roll of whom the register of a column speaks."""
        return {
            line.pupil.pk
            for line in self.lines
            if line.is_on_roll(key[0]) and key not in line.uncounted
        }


def class_month(
    school_class: SchoolClass,
    month: Month,
    *,
    today: datetime.date,
    answers_for_school: bool = False,
) -> ClassMonth:
    """`ClassMonth` of a class and a `Month`; a fixed number of queries.

    `answers_for_school`: whether the asker may correct as long as a head may.
    """
    start, end = month.first, month.end
    due = due_sessions([school_class], start, end)[school_class.pk]
    registers = {
        (register.date, Session(register.session)): register
        for register in Register.objects.filter(
            school_class=school_class, date__gte=start, date__lt=end
        )
    }
    keys = sorted({*due, *registers}, key=lambda key: (key[0], key[1].value))
    is_open = changeable(
        school_class,
        {day for day, _session in keys},
        today=today,
        answers_for_school=answers_for_school,
    )
    columns = [
        Column(
            date=day,
            session=session,
            is_due=(day, session) in due,
            is_open=(day, session) in due
            and day <= today
            and is_open(day, is_correction=(day, session) in registers),
            register=registers.get((day, session)),
        )
        for day, session in keys
    ]
    return ClassMonth(school_class, month, columns, _lines(school_class, start, end, registers))


def senders_of(month: ClassMonth) -> dict[ColumnKey, str]:
    """Who sent the register of a column last, by column in their order; one query."""
    keys = {each.register.pk: each.key for each in month.columns if each.register is not None}
    sent = RegisterRevision.objects.filter(
        register__in=list(keys), number=F("register__revision")
    ).select_related("sent_by")
    names = {keys[revision.register_id]: str(revision.sent_by) for revision in sent}
    return {each.key: names[each.key] for each in month.columns if each.key in names}


def marks_seen(school_class: SchoolClass, bases: Mapping[ColumnKey, int]) -> MarksSeen:
    """Dict column key -> marks (pupil id -> (mark, reason)) of the revision a sheet was made from.

    Args:
        bases: column key -> revision number, 0 for none. One query.
    """
    revisions = RegisterRevision.objects.filter(
        register__school_class=school_class,
        register__date__in={day for (day, _session), number in bases.items() if number},
        number__in=set(bases.values()),
    ).select_related("register")
    seen: dict[ColumnKey, dict[int, MarkAndReason]] = {}
    for revision in revisions:
        key = (revision.register.date, Session(revision.register.session))
        if bases.get(key) == revision.number:
            seen[key] = {int(pk): (mark, reason) for pk, (mark, reason) in revision.marks.items()}
    return seen


def _lines(
    school_class: SchoolClass,
    start: datetime.date,
    end: datetime.date,
    registers: Mapping[ColumnKey, Register],
) -> list[Line]:
    lines: dict[int, Line] = {}
    spells = (
        Enrolment.objects.during(start, end)
        .filter(school_class=school_class)
        .select_related("pupil")
        .order_by("pupil__name_key", "pupil_id", "valid_from")
    )
    for spell in spells:
        line = lines.setdefault(spell.pupil_id, Line(spell.pupil, []))
        line.spells.append(spell)
    keys = {register.pk: key for key, register in registers.items()}
    for absence in Absence.objects.filter(
        register__in=[r.pk for r in registers.values() if r.state == RegisterState.TAKEN]
    ):
        if absence.pupil_id in lines:
            lines[absence.pupil_id].marks[keys[absence.register_id]] = (
                absence.mark,
                absence.reason,
            )
    for register_id, pupil_id in not_counted(register__in=list(keys)):
        if pupil_id in lines:
            lines[pupil_id].uncounted.add(keys[register_id])
    alike = namesakes([line.pupil for line in lines.values()])
    for pupil_id in alike:
        lines[pupil_id].is_namesake = True
    return list(lines.values())
