"""How long a register may be changed.

Both windows are dated rules, counted from the day of the session, so that a changed rule never
closes what was open under the old one. A locked month is shut whatever they say.
"""

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from django.db.models import Q, QuerySet
from django.utils import timezone

from core import rules
from core.levels import EducationLevel
from core.months import Month
from core.rules import RuleTable
from schools.areas.selectors.tree import AreaTree, chain_of_school
from schools.models import Area, Placement, SchoolClass

from ...apps import CORRECTION_DAYS, TEACHER_DAYS
from ...calendar.state import remembered
from ...models import PeriodLock, Reopening

ONE_DAY = datetime.timedelta(days=1)
# A commune, what it lies in by the official tree, and its cluster with what that lies in.
ABOVE = (
    "commune",
    "commune__parent",
    "commune__parent__parent",
    "commune__cluster_memberships__cluster",
    "commune__cluster_memberships__cluster__parent",
)


def window_end(
    date: datetime.date,
    *,
    answers_for_school: bool = True,
    is_correction: bool = True,
    table: RuleTable | None = None,
) -> datetime.date:
    """First day on which the register of `date` can no longer be changed without asking.

    A register that is missing may be sent, and the school's head may correct, until some days
    after the month; a teacher corrects what was sent only for some days after the session.
    """
    table = table or rules.table(on=date)
    end = Month.of(date).end + int(table[CORRECTION_DAYS, ""]) * ONE_DAY
    if is_correction and not answers_for_school:
        end = min(end, date + (1 + int(table[TEACHER_DAYS, ""])) * ONE_DAY)
    return end


def reopened(school_class: SchoolClass, date: datetime.date) -> Reopening | None:
    """The reopening that covers a class's day at this moment, or None.

    One query; three more while some area is open.
    """
    return _Open(school_class).covering(date)


def waiting_for(school_class: SchoolClass, date: datetime.date) -> Reopening | None:
    """The request for a class's day that nobody has answered yet, or None; one query."""
    return _covering(school_class, date).filter(decided_at=None).select_related("asked_by").first()


class Locks:
    """The locks that may concern one school in [start, end).

    One query, none when every day lies in a month that is not over: such a month is never
    locked. While one is found, one or two queries for each day that is asked about.

    Args:
        level: education level of the class; "" asks what is locked for every level.
    """

    def __init__(
        self,
        school_id: int,
        level: EducationLevel | str,
        start: datetime.date,
        end: datetime.date,
    ) -> None:
        self._school_id = school_id
        self._above: dict[datetime.date, set[int]] = {}
        self._found: list[PeriodLock] = []
        end = min(end, Month.current().first)
        if start < end:
            self._found = list(
                PeriodLock.objects.in_force()
                .during(start, end)
                .filter(_ever_above(school_id), level__in={"", level})
                .select_related("area")
            )

    def over(self, date: datetime.date) -> PeriodLock | None:
        """The lock that holds for the school on a day, or None."""
        return next((each for each in self._found if self._holds(each, date)), None)

    def over_any(self, start: datetime.date, end: datetime.date) -> PeriodLock | None:
        """The first lock that holds on some day of [start, end), or None."""
        days = (end - start).days if self._found else 0
        found = (self.over(start + datetime.timedelta(days=number)) for number in range(days))
        return next((each for each in found if each is not None), None)

    def _holds(self, lock: PeriodLock, date: datetime.date) -> bool:
        if not lock.is_valid_on(date):
            return False
        if date not in self._above:
            self._above[date] = {area.pk for area in chain_of_school(self._school_id, date)}
        return lock.area_id in self._above[date]


def _ever_above(school_id: int) -> Q:
    """Locks of the areas in which a school has ever lain: few, and more than hold on one day."""
    placed = Placement.objects.filter(school_id=school_id).order_by()
    condition = Q()
    for path in ABOVE:
        condition |= Q(area__in=placed.values(path))
    return condition


def lock_over_area(area: Area, start: datetime.date, end: datetime.date) -> PeriodLock | None:
    """The lock that covers a whole area, at every level, on some day of [start, end), or None.

    A lock of a part of it is none: there the lock of the part still holds.
    """
    for lock in PeriodLock.objects.in_force().during(start, end).filter(level=""):
        tree = AreaTree.on(max(start, lock.valid_from))
        if lock.area_id in {each.pk for each in tree.ancestors(area.pk)}:
            return lock
    return None


def lock_in_force(area: Area, month: Month, *, level: str = "") -> PeriodLock | None:
    """The lock of an area's month itself, whatever is locked above it; None: it has none."""
    return PeriodLock.objects.in_force().on(month.first).filter(area=area, level=level).first()


@dataclass(frozen=True)
class Window:
    """Whether a register may be written today.

    `reopening`: only because it was opened again; `lock`: not, because its month is locked.
    """

    is_open: bool
    reopening: Reopening | None = None
    lock: PeriodLock | None = None


def window_of(
    school_class: SchoolClass,
    date: datetime.date,
    *,
    today: datetime.date,
    answers_for_school: bool,
    is_correction: bool,
    state: str | None = None,
) -> Window:
    """The `Window` of a class's day.

    One query for the rules, unless they are known in the calendar's `state` (`calendar.state`); one
    when its month is over, one more when its time is over.
    """
    lock = _locks_of(school_class, date, date).over(date)
    if lock is not None:
        return Window(is_open=False, lock=lock)
    end = window_end(
        date,
        answers_for_school=answers_for_school,
        is_correction=is_correction,
        table=remembered(state, ("rules", date), lambda: rules.table(on=date)),
    )
    if today < end:
        return Window(is_open=True)
    reopening = reopened(school_class, date)
    return Window(reopening is not None, reopening)


class IsOpen(Protocol):
    """Whether the register of a day may be written today."""

    def __call__(self, date: datetime.date, *, is_correction: bool) -> bool: ...


def changeable(
    school_class: SchoolClass,
    dates: Collection[datetime.date],
    *,
    today: datetime.date,
    answers_for_school: bool,
) -> IsOpen:
    """`window_of` for many days of a class; two queries, one more when a month is over."""
    reopenings = _Open(school_class)
    tables = rules.tables(dates)
    locks = _locks_of(school_class, min(dates, default=today), max(dates, default=today))

    def is_open(date: datetime.date, *, is_correction: bool) -> bool:
        if locks.over(date) is not None:
            return False
        end = window_end(
            date,
            answers_for_school=answers_for_school,
            is_correction=is_correction,
            table=tables[date],
        )
        return today < end or reopenings.covering(date) is not None

    return is_open


def _locks_of(school_class: SchoolClass, first: datetime.date, last: datetime.date) -> Locks:
    return Locks(school_class.school_id, school_class.level, first, last + ONE_DAY)


class _Open:
    """What is open at this moment and may concern a class."""

    def __init__(self, school_class: SchoolClass) -> None:
        self._school_id = school_class.school_id
        self._above: dict[datetime.date, set[int]] = {}
        self._found = list(
            Reopening.objects.open_at(timezone.now())
            .filter(_of_class(school_class) | Q(area__isnull=False))
            .select_related("decided_by")
            .order_by("-open_until")
        )

    def covering(self, date: datetime.date) -> Reopening | None:
        """The one that covers a day and is open longest, or None."""
        return next((each for each in self._found if self._covers(each, date)), None)

    def _covers(self, reopening: Reopening, date: datetime.date) -> bool:
        if not reopening.is_valid_on(date):
            return False
        if reopening.area_id is None:
            return True
        if date not in self._above:
            self._above[date] = {area.pk for area in chain_of_school(self._school_id, date)}
        return reopening.area_id in self._above[date]


def _of_class(school_class: SchoolClass) -> Q:
    return Q(school_class=school_class) | Q(school=school_class.school_id, school_class=None)


def _covering(school_class: SchoolClass, date: datetime.date) -> QuerySet[Reopening]:
    return Reopening.objects.filter(
        _of_class(school_class), valid_from__lte=date, valid_to__gt=date
    )
