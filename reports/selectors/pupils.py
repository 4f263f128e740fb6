"""Attendance pupil by pupil, read from registers and spells for those who may see names.

Which sessions count is said by `attendance.registers.selectors.counting`, as for the facts.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypedDict

from attendance.enums import AbsenceReason, Mark
from attendance.models import PastChange
from attendance.registers.selectors.counting import Counted, counting
from core.months import Month
from core.scope import Places
from core.types import StrOrPromise
from schools.directory.selectors.years import year_for
from schools.enums import Session
from schools.models import Enrolment, Pupil, SchoolClass
from schools.pupils.selectors.rolls import namesakes


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
    birth_date: datetime.date | None = None
    is_namesake: bool = False

    @property
    def share(self) -> float | None:
        """Share of sessions attended, None without any."""
        if not self.expected:
            return None
        return 1 - (self.excused + self.unexcused) / self.expected

    @property
    def is_whole(self) -> bool:
        """Whether nothing was missed and nothing begun late."""
        return not (self.excused or self.unexcused or self.late)

    def add(self, sessions: Iterable[Counted]) -> None:
        """Count some `Counted` sessions."""
        marks = [each.mark for each in sessions]
        self.expected += len(marks)
        self.excused += marks.count(Mark.EXCUSED)
        self.unexcused += marks.count(Mark.UNEXCUSED)
        self.late += marks.count(Mark.LATE)


class DayAway(TypedDict):
    """One session missed or come to late; session and reason in words."""

    date: datetime.date
    session: StrOrPromise
    mark: str
    reason: StrOrPromise


@dataclass
class PupilRecord:
    """One pupil's school year: month by month, and the days missed.

    `school_class` is the last one, `is_there` whether the pupil is still on its roll.
    """

    months: list[PupilCounts]
    absences: list[DayAway]
    school_class: SchoolClass | None = None
    is_there: bool = False
    changes: list[PastChange] = field(default_factory=list)
    expected: int = field(init=False)
    away: int = field(init=False)

    def __post_init__(self) -> None:
        self.expected = sum(row.expected for row in self.months)
        self.away = sum(row.excused + row.unexcused for row in self.months)


def class_pupils(school_class: SchoolClass, month: Month) -> list[PupilCounts]:
    """Counts of each pupil on the roll of a class in a month, in the order of names.

    A fixed number of queries whatever the size of the class.
    """
    spells = (
        Enrolment.objects.during(month.first, month.end)
        .filter(school_class=school_class)
        .select_related("pupil")
        .order_by("pupil__name_key", "pupil_id", "valid_from")
    )
    counted = counting([school_class], month.first, month.end)
    rows: dict[int, PupilCounts] = {}
    for spell in spells:
        row = rows.get(spell.pupil_id)
        if row is None:
            row = rows[spell.pupil_id] = PupilCounts(
                spell.pupil_id, spell.pupil.full_name, month, birth_date=spell.pupil.birth_date
            )
        row.add(counted.sessions_of(spell))
    for pupil_id in namesakes({spell.pupil_id: spell.pupil for spell in spells}.values()):
        rows[pupil_id].is_namesake = True
    return list(rows.values())


def pupil_record(places: Places, pupil: Pupil, *, on: datetime.date) -> PupilRecord:
    """A pupil's running school year inside the reader's places; a fixed number of queries."""
    year = year_for(on)
    if year is None:
        return PupilRecord([], [])
    spells = list(
        Enrolment.objects.within(places)
        .filter(pupil=pupil, school_class__year=year)
        .select_related("school_class__year")
        .order_by("valid_from")
    )
    classes = {spell.school_class_id: spell.school_class for spell in spells}
    counted = counting(classes.values(), year.valid_from, year.valid_to, pupils=[pupil.pk])
    by_month: dict[Month, PupilCounts] = {}
    absences: list[Counted] = []
    for spell in spells:
        for each in counted.sessions_of(spell):
            month = Month.of(each.date)
            by_month.setdefault(month, PupilCounts(pupil.pk, month=month)).add([each])
            if each.mark:
                absences.append(each)
    absences.sort(key=lambda each: (-each.date.toordinal(), each.session))
    return PupilRecord(
        months=[by_month[month] for month in sorted(by_month)],
        absences=[
            {
                "date": each.date,
                "session": Session(each.session).label,
                "mark": each.mark,
                "reason": AbsenceReason(each.reason).label if each.reason else "",
            }
            for each in absences
        ],
        school_class=spells[-1].school_class if spells else None,
        is_there=bool(spells) and spells[-1].is_valid_on(on),
        changes=list(
            PastChange.objects.filter(pupil=pupil, school_class__in=classes).select_related(
                "school_class", "made_by"
            )
        ),
    )
