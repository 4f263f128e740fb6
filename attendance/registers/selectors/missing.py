"""Registers that are missing: due by the calendar, pupils on the roll, and not there.

One definition for lists, notices and reminders. It is worked out on reading, so that nothing
has to be taken back when a register is sent, a day is closed or a month is over.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext as _

from core import rules
from core.levels import EducationLevel
from core.months import Month
from core.rules import RuleTable
from core.scope import Places
from schools.enums import Session
from schools.models import Enrolment, SchoolClass

from ...calendar.selectors.due_sessions import due_sessions
from ...hours import late_at
from ...models import Register
from .days import DayEntry, Due, SchoolDay
from .windows import window_end

ONE_DAY = datetime.timedelta(days=1)
# The days that are looked at, with their rules.
Days = Mapping[datetime.date, RuleTable]


@dataclass(frozen=True)
class MissingRegister:
    """A register that is missing; `late_at` is the moment from which it is late."""

    school_class: SchoolClass
    date: datetime.date
    session: Session
    late_at: datetime.datetime

    @property
    def key(self) -> tuple[int, datetime.date, Session]:
        return self.school_class.pk, self.date, self.session

    @property
    def label(self) -> str:
        """Class and half of the day, as one says it: 6A sáng."""
        return label_of(self.school_class, self.session)

    @property
    def day_label(self) -> str:
        """Day and half of it, where the class is known: 05/10 sáng."""
        return _with_half(f"{self.date:%d/%m}", self.session)

    def is_late(self, now: datetime.datetime) -> bool:
        return now >= self.late_at


@dataclass
class Found:
    """What is missing, and by (school id, date) how many registers are due altogether."""

    missing: list[MissingRegister] = field(default_factory=list)
    due: Counter[tuple[int, datetime.date]] = field(default_factory=Counter)


def label_of(school_class: SchoolClass, session: str) -> str:
    """Class and half of the day, as one says it: 6A sáng."""
    return _with_half(school_class.name, session)


def _with_half(name: str, session: str) -> str:
    text = _("%(name)s morning") if session == Session.MORNING else _("%(name)s afternoon")
    return text % {"name": name}


def open_days(today: datetime.date) -> dict[datetime.date, RuleTable]:
    """Days until today whose missing registers may still be sent: dict date -> `RuleTable`.

    Those of the running month, and of the one before until its window closes. One query.
    """
    first = Month.of(today).plus(-1).first
    days = [first + ONE_DAY * number for number in range((today - first).days + 1)]
    return {
        day: table
        for day, table in rules.tables(days).items()
        if today < window_end(day, is_correction=False, table=table)
    }


def this_day(date: datetime.date) -> dict[datetime.date, RuleTable]:
    """One day alone, as `open_days` gives them; one query."""
    return {date: rules.table(on=date)}


def in_order(missing: Iterable[MissingRegister]) -> list[MissingRegister]:
    """Missing registers by school, class and time."""
    return sorted(
        missing,
        key=lambda each: (
            each.school_class.school.name_key,
            each.school_class.grade_list,
            each.school_class.name_key,
            each.date,
            each.session.value,
        ),
    )


def find_missing(places: Places, days: Days, *, school_id: int | None = None) -> Found:
    """`Found` in the classes inside the places, in no order.

    Args:
        days: dict date -> `RuleTable`, see `open_days` and `this_day`.
    A fixed number of queries whatever the number of classes and days.
    """
    if not days:
        return Found()
    start, end = min(days), max(days) + ONE_DAY
    classes = SchoolClass.objects.within(places).filter(
        year__valid_from__lt=end, year__valid_to__gt=start
    )
    if school_id is not None:
        classes = classes.filter(school_id=school_id)
    return missing_of(list(classes.select_related("school", "year")), days)


def missing_before(
    classes: Sequence[SchoolClass], days: Days, today: datetime.date, due: Due
) -> list[MissingRegister]:
    """Missing registers of the days before today, the earliest first; two queries.

    Args:
        days, due: as `open_days` and `due_sessions` give them.
    """
    earlier = {day: table for day, table in days.items() if day < today}
    return sorted(
        in_order(missing_of(classes, earlier, due).missing),
        key=lambda each: (each.date, each.session.value),
    )


def missing_of(classes: Sequence[SchoolClass], days: Days, due: Due | None = None) -> Found:
    """`Found` in some `SchoolClass` objects with school and year loaded, in no order.

    Queries: one for the registers, one for the rolls, and those of `due_sessions` unless its
    answer is known already.
    """
    found = Found()
    if not classes or not days:
        return found
    start, end = min(days), max(days) + ONE_DAY
    sent = {
        (class_id, date, session)
        for class_id, date, session in Register.objects.filter(
            school_class__in=[each.pk for each in classes], date__gte=start, date__lt=end
        ).values_list("school_class_id", "date", "session")
    }
    if due is None:
        due = due_sessions(classes, start, end)
    rolls = _rolls([pk for pk, sessions in due.items() if sessions], start, end)
    hours: dict[tuple[datetime.date, Session, str], datetime.datetime] = {}
    for school_class in classes:
        pk, level = school_class.pk, school_class.level
        for date, session in due[pk]:
            if date not in days or not any(a <= date < b for a, b in rolls.get(pk, ())):
                continue
            found.due[school_class.school_id, date] += 1
            if (pk, date, session) in sent:
                continue
            if (date, session, level) not in hours:
                hours[date, session, level] = late_at(days[date], date, session, level)
            found.missing.append(
                MissingRegister(school_class, date, session, hours[date, session, level])
            )
    return found


def count_late(places: Places, now: datetime.datetime) -> int:
    """How many registers of today are late; one query while none can be.

    For the menu of those who send: cheap in the morning, when everybody opens a sheet.
    """
    if not places:
        return 0
    today = timezone.localdate(now)
    days = this_day(today)
    if not any_late(days[today], today, now):
        return 0
    return sum(each.is_late(now) for each in find_missing(places, days).missing)


def any_late(table: RuleTable, today: datetime.date, now: datetime.datetime) -> bool:
    """Whether the hour of some session and level has passed."""
    return any(
        now >= late_at(table, today, session, level)
        for session in Session
        for level in EducationLevel
    )


def late_entries(
    board: Iterable[SchoolDay],
    date: datetime.date,
    now: datetime.datetime,
    table: RuleTable | None = None,
) -> list[DayEntry]:
    """Of a `day_board`, the entries not sent whose hour has passed; one query without a table."""
    table = table or rules.table(on=date)
    return [
        entry
        for day in board
        for entry in day.entries
        if not entry.done
        and entry.roll
        and now >= late_at(table, date, entry.session, entry.school_class.level)
    ]


def _rolls(
    class_ids: Iterable[int], start: datetime.date, end: datetime.date
) -> dict[int, list[tuple[datetime.date, datetime.date]]]:
    """Dict class id -> the times [(from, to)] in which somebody is on its roll."""
    times: dict[int, list[tuple[datetime.date, datetime.date]]] = {}
    for class_id, first, after in (
        Enrolment.objects.during(start, end)
        .filter(school_class__in=class_ids)
        .order_by()
        .values_list("school_class_id", "valid_from", "valid_to")
        .distinct()
    ):
        times.setdefault(class_id, []).append((first, after or datetime.date.max))
    return times
