"""A day of registers: which classes have school, and which have sent."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.scope import Places
from schools.enums import Session
from schools.models import School, SchoolClass
from schools.pupils.selectors.rolls import roll_counts_on

from ...calendar.selectors.due_sessions import ONE_DAY, due_sessions
from ...models import Register

LOOK_AHEAD = datetime.timedelta(days=21)
# Dict class id -> what is due of it.
Due = dict[int, set[tuple[datetime.date, Session]]]


@dataclass
class DayEntry:
    """One class and session of a day: due, or with a register although it is not."""

    school_class: SchoolClass
    session: Session
    register: Register | None
    roll: int
    is_due: bool = True

    @property
    def state(self) -> str:
        """not_taken, taken or not_held: three states, never two."""
        return self.register.state if self.register else "not_taken"

    @property
    def done(self) -> bool:
        return self.register is not None


@dataclass
class SchoolDay:
    """A school's entries of one day, what is missing first."""

    school: School
    entries: list[DayEntry] = field(default_factory=list)

    @property
    def classes(self) -> list[SchoolClass]:
        """The classes of the day, each once, by name."""
        found = {entry.school_class.pk: entry.school_class for entry in self.entries}
        return sorted(found.values(), key=lambda each: (each.grade_list, each.name_key))

    @property
    def done(self) -> int:
        return sum(entry.done for entry in self.entries if entry.is_due)

    @property
    def total(self) -> int:
        return sum(entry.is_due for entry in self.entries)


def day_board(
    places: Places, date: datetime.date, *, school_id: int | None = None
) -> list[SchoolDay]:
    """`SchoolDay`s of the classes inside the places on a day, schools by name.

    A fixed number of queries whatever the number of classes.
    """
    classes = classes_on(places, date, school_id=school_id)
    return board_of(classes, date, due_sessions(classes, date, date + ONE_DAY))


def classes_on(
    places: Places, date: datetime.date, *, school_id: int | None = None
) -> list[SchoolClass]:
    """The classes inside the places that run on a day; one query."""
    classes = SchoolClass.objects.within(places).running_on(date)
    if school_id is not None:
        classes = classes.filter(school_id=school_id)
    return list(classes.select_related("school", "site", "year"))


def board_of(classes: Iterable[SchoolClass], date: datetime.date, due: Due) -> list[SchoolDay]:
    """`day_board` of classes whose `due_sessions` are known already; two queries."""
    registers = {
        (register.school_class_id, register.session): register
        for register in Register.objects.filter(
            school_class__in=[each.pk for each in classes], date=date
        )
    }
    rolls = roll_counts_on([each.pk for each in classes], date)
    days: dict[int, SchoolDay] = {}
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


def next_due_date(
    places: Places, date: datetime.date, *, school_id: int | None = None
) -> datetime.date | None:
    """The next day after `date` on which a class inside the places has school, or None."""
    classes = SchoolClass.objects.within(places).filter(year__valid_to__gt=date)
    if school_id is not None:
        classes = classes.filter(school_id=school_id)
    due = due_sessions(list(classes.select_related("year")), date + ONE_DAY, date + LOOK_AHEAD)
    return min((day for sessions in due.values() for day, _session in sessions), default=None)


def next_not_taken(places: Places, date: datetime.date, *, after: SchoolClass) -> DayEntry | None:
    """The next class session of the same school without a register, or None."""
    days = day_board(places, date, school_id=after.school_id)
    return next((entry for day in days for entry in day.entries if not entry.done), None)
