"""Attendance pupil by pupil, read from registers and spells for those who may see names.

Expected sessions of a pupil are the registers taken while the pupil was on the roll, as in
the facts.
"""

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Q

from attendance.enums import Mark, RegisterState
from attendance.models import Absence, PastChange, Register
from attendance.selectors.counting import counts_for, not_counted
from schools.models import Enrolment
from schools.months import Month
from schools.selectors.years import year_for


@dataclass
class PupilCounts:
    """Sessions of one pupil in a time."""

    pupil_id: int
    name: str = ""
    month: Month | None = None
    expected: int = 0
    excused: int = 0
    unexcused: int = 0
    late: int = 0

    @property
    def share(self):
        """Share of sessions attended, None without any."""
        if not self.expected:
            return None
        return 1 - (self.excused + self.unexcused) / self.expected

    def add(self, marks):
        """Count marks (a Counter by `Mark`)."""
        self.excused += marks[Mark.EXCUSED]
        self.unexcused += marks[Mark.UNEXCUSED]
        self.late += marks[Mark.LATE]


@dataclass
class PupilRecord:
    """One pupil's school year: month by month, and the days missed.

    `school_class` is the last one, `is_there` whether the pupil is still on its roll.
    """

    months: list
    absences: list
    school_class: object = None
    is_there: bool = False
    changes: list = field(default_factory=list)
    expected: int = field(init=False)
    away: int = field(init=False)

    def __post_init__(self):
        self.expected = sum(row.expected for row in self.months)
        self.away = sum(row.excused + row.unexcused for row in self.months)


def class_pupils(school_class, month):
    """Counts of each pupil on the roll of a class in a month, in the order of names.

    Four queries whatever the size of the class.
    """
    spells = (
        Enrolment.objects.during(month.first, month.end)
        .filter(school_class=school_class)
        .select_related("pupil")
        .order_by("pupil__name_key", "pupil_id", "valid_from")
    )
    taken = _taken(Q(school_class=school_class), month.first, month.end)
    marks = _marks(Q(register__school_class=school_class), month.first, month.end)
    left_out = not_counted(
        register__school_class=school_class,
        register__date__gte=month.first,
        register__date__lt=month.end,
    )
    rows = {}
    for spell in spells:
        row = rows.setdefault(
            spell.pupil_id, PupilCounts(spell.pupil_id, spell.pupil.full_name, month)
        )
        _count(row, spell, taken, marks, left_out)
    return list(rows.values())


def pupil_record(places, pupil, *, on):
    """A pupil's running school year inside the reader's places. Seven queries."""
    year = year_for(on)
    if year is None:
        return PupilRecord([], [])
    spells = list(
        Enrolment.objects.within(places)
        .filter(pupil=pupil, school_class__year=year)
        .select_related("school_class__year")
        .order_by("valid_from")
    )
    classes = {spell.school_class_id for spell in spells}
    taken = _taken(Q(school_class__in=classes), year.valid_from, year.valid_to)
    absences = list(
        Absence.objects.filter(pupil=pupil, register__school_class__in=classes)
        .select_related("register")
        .order_by("-register__date", "register__session")
    )
    marks = {(absence.pupil_id, absence.register_id): absence.mark for absence in absences}
    left_out = not_counted(pupil=pupil, register__school_class__in=classes)
    by_month = {}
    for spell in spells:
        for register_id, class_id, date in taken:
            if class_id == spell.school_class_id and counts_for(spell, register_id, date, left_out):
                month = Month.of(date)
                row = by_month.setdefault(month, PupilCounts(pupil.pk, month=month))
                row.expected += 1
                row.add(Counter([marks.get((pupil.pk, register_id))]))
    return PupilRecord(
        months=[by_month[month] for month in sorted(by_month)],
        absences=[
            {
                "date": absence.register.date,
                "session": absence.register.get_session_display(),
                "mark": absence.mark,
                "reason": absence.get_reason_display(),
            }
            for absence in absences
        ],
        school_class=spells[-1].school_class if spells else None,
        is_there=bool(spells) and spells[-1].is_valid_on(on),
        changes=list(
            PastChange.objects.filter(pupil=pupil, school_class__in=classes).select_related(
                "school_class", "made_by"
            )
        ),
    )


def _taken(condition, start, end):
    return list(
        Register.objects.filter(
            condition, state=RegisterState.TAKEN, date__gte=start, date__lt=end
        ).values_list("pk", "school_class_id", "date")
    )


def _marks(condition, start, end):
    return {
        (pupil_id, register_id): mark
        for pupil_id, register_id, mark in Absence.objects.filter(
            condition, register__date__gte=start, register__date__lt=end
        ).values_list("pupil_id", "register_id", "mark")
    }


def _count(row, spell, taken, marks, left_out):
    seen = Counter()
    for register_id, _class_id, date in taken:
        if counts_for(spell, register_id, date, left_out):
            row.expected += 1
            seen[marks.get((spell.pupil_id, register_id))] += 1
    row.add(seen)
