"""Month figures summed from the facts: the one way every page, flag and export reads them.

A `Figures` holds whole numbers only; rates are made from it by `reports.indicators`. Figures
add up (`+`, `sum(..., Figures())`) over places and over months.
"""

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias, TypeVar

from django.db.models import Count, Max, Min, Model, Q, QuerySet, Sum

from core.months import Month
from core.scope import Places
from schools.areas.selectors.tree import communes_of_schools
from schools.models import School, SchoolClass, SchoolYear

from ..models import ClassCoverage, ClassMonth, SchoolMonth, StaleMonth
from ..models.facts import MEASURES

# What rows are keyed by: the value of one name of `OF_PUPILS` (an id, a code, a grade), None for
# all together, or a tuple of values when several were asked for. Its shape follows the question.
Key: TypeAlias = Any
# (values of the group, first of the month) -> the numbers of `Figures`.
Cells: TypeAlias = dict[tuple[tuple[Any, ...], datetime.date], dict[str, Any]]
Fact = TypeVar("Fact", bound=Model)

SESSIONS = ("scheduled", "taken", "not_held", "sent_late")
OF_PUPILS = {
    "commune": "commune_id",
    "school": "school_id",
    "level": "level",
    "class": "school_class_id",
    "grade": "grade",
    "sex": "sex",
    "ethnic_group": "ethnic_group",
}
# Sessions are held for a whole class: they do not divide by what distinguishes pupils.
OF_SESSIONS = {name: OF_PUPILS[name] for name in ("commune", "school", "level", "class")}


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums of the facts of some cells over some months.

    The measures are those of `reports.models.facts.Measures`, the sessions those of
    `ClassCoverage`. Over several months flows and sessions add up, while a roll is the one at
    the edge: `roll_start` of the first month, `roll_end` and `counted_to` of the last one.

    `pupils` counts a pupil once per class-month. `days` is the greatest number of days with
    a register of any class in any one month. `counted_to` is the earliest day up to which
    the classes were counted; `stale` the number of class-months that wait for a recount.
    An empty `Figures()` is falsy: nothing was counted.
    """

    roll_start: int = 0
    roll_end: int = 0
    came_start: int = 0
    came_in: int = 0
    came_new: int = 0
    came_return: int = 0
    came_class: int = 0
    left_out: int = 0
    left_dropout: int = 0
    left_class: int = 0
    left_completed: int = 0
    left_other: int = 0
    expected: int = 0
    excused: int = 0
    unexcused: int = 0
    late: int = 0
    pupils: int = 0
    sum_aa: int = 0
    sum_an: int = 0
    sum_nn: int = 0
    scheduled: int = 0
    taken: int = 0
    not_held: int = 0
    sent_late: int = 0
    classes: int = 0
    days: int = 0
    counted_to: datetime.date | None = None
    rebuilt_at: datetime.datetime | None = None
    stale: int = 0
    first_month: Month | None = None
    last_month: Month | None = None

    def __bool__(self) -> bool:
        return self.first_month is not None

    def __add__(self, other: object) -> "Figures":
        if not isinstance(other, Figures):
            return NotImplemented
        added = {name: getattr(self, name) + getattr(other, name) for name in ADDED}
        if not self or not other:
            edge = self or other
            at_start = at_end = [edge]
        else:
            at_start = _at_edge(self, other, "first_month", min)
            at_end = _at_edge(self, other, "last_month", max)
        counted = [part.counted_to for part in at_end if part.counted_to]
        rebuilt = [part.rebuilt_at for part in (self, other) if part.rebuilt_at]
        return Figures(
            **added,
            roll_start=sum(part.roll_start for part in at_start),
            roll_end=sum(part.roll_end for part in at_end),
            classes=sum(part.classes for part in at_end),
            days=max(self.days, other.days),
            counted_to=min(counted, default=None),
            rebuilt_at=max(rebuilt, default=None),
            first_month=at_start[0].first_month,
            last_month=at_end[0].last_month,
        )

    @property
    def absent(self) -> int:
        """Pupil-sessions missed, excused or not."""
        return self.excused + self.unexcused

    @property
    def present(self) -> int:
        """Pupil-sessions attended, late ones included."""
        return self.expected - self.absent

    @property
    def due(self) -> int:
        """Registers due: sessions of the calendar that were not cancelled."""
        return self.scheduled - self.not_held

    @property
    def on_time(self) -> int:
        """Registers first sent on their own day."""
        return self.taken - self.sent_late


AT_THE_EDGE = {
    *("roll_start", "roll_end", "classes", "days"),
    *("counted_to", "rebuilt_at", "first_month", "last_month"),
}
ADDED = tuple(field.name for field in fields(Figures) if field.name not in AT_THE_EDGE)


def _at_edge(
    one: Figures, other: Figures, name: str, pick: Callable[[Month, Month], Month]
) -> list[Figures]:
    edge = pick(getattr(one, name), getattr(other, name))
    return [part for part in (one, other) if getattr(part, name) == edge]


def figures(
    *,
    months: Iterable[Month],
    by: str | tuple[str, ...] = "total",
    level: str = "",
    places: Places | None = None,
    school_ids: Iterable[int] | None = None,
    class_ids: Iterable[int] | None = None,
    map_date: datetime.date | None = None,
) -> dict[tuple[Key, Month], Figures]:
    """Sums of the facts by place or kind of pupil, and always by month.

    Args:
        months: iterable of `Month`.
        by: "total", one of the names below, or a tuple of them:
            "commune", "school", "level", "class", "grade", "sex", "ethnic_group".
        level: an education level, or "" for all.
        places, school_ids, class_ids: restrict to schools or classes; None = everything.
            `places` are taken as they lie on their own date, whatever the month.
        map_date: None: the commune is the one of that time, as kept in the fact. A date: the
            commune on that day's map; a school that has none there is under key None, so
            that the sums are the same on every map.

    Returns:
        dict (key, Month) -> `Figures`, without entries where nothing was counted and nothing
        waits. The key is the value of `by` (ids of areas, schools, classes; codes), a tuple
        of values when `by` is a tuple, None for "total". By grade, sex or ethnic group the
        sessions, classes, days, counted_to and stale are those of the whole group.

    Queries: 3, and at most 4 more for the map. Empty places: no query, empty dict.
    """
    months = list(months)
    names = () if by == "total" else (by,) if isinstance(by, str) else tuple(by)
    if unknown := set(names) - set(OF_PUPILS):
        raise ValueError(f"unknown dimension: {', '.join(sorted(unknown))}")
    if not months or (places is not None and not places):
        return {}
    of_classes = bool(
        {"class", "grade"} & set(names)
        or class_ids is not None
        or (places is not None and places.classes)
    )
    select = _Selection(months, level, places, school_ids, class_ids)
    commune_of = None
    if map_date is not None and "commune" in names:
        commune_of = communes_of_schools(on=map_date, school_ids=school_ids)
    grouping = _Grouping(names, commune_of)

    found = _pupils(select, grouping, ClassMonth if of_classes else SchoolMonth)
    sessions = _sessions(select, grouping)
    _attach(found, sessions, names)
    _attach(found, _waiting(select, grouping), names)
    single = isinstance(by, str)
    return {
        (
            (None if by == "total" else key[0]) if single else key,
            Month.of(month),
        ): Figures(**numbers)
        for (key, month), numbers in found.items()
    }


def year_to_date(
    *, month: Month, map_date: datetime.date | None = None, **selection: Any
) -> dict[Key, Figures]:
    """Figures cumulated from the first month of the school year to `month`: dict key -> Figures.

    Takes what `figures` takes instead of `months`. By commune the whole year is put on one
    map, by default that of the month's first day: a pupil who came before a reorganisation
    and left after it belongs to one commune. One query more than `figures`.
    """
    summed: defaultdict[Key, Figures] = defaultdict(Figures)
    by_month = figures(
        months=months_of_year_to(month), map_date=map_date or month.first, **selection
    )
    for (key, _month), values in by_month.items():
        summed[key] += values
    return dict(summed)


def months_of_year_to(month: Month) -> list[Month]:
    """The months of the school year from its first one to `month`, oldest first.

    The year is the latest that had begun by the end of the month. After its last day nothing
    more is cumulated: in the summer the list ends with the last month of the year. Without
    any year the month itself. One query.
    """
    year = SchoolYear.objects.filter(valid_from__lt=month.end).order_by("-valid_from").first()
    if year is None:
        return [month]
    first, last = months_of_year(year)
    return min(month, last).since(first)


def months_of_year(year: SchoolYear) -> tuple[Month, Month]:
    """First and last `Month` with a day of the school year."""
    return Month.of(year.valid_from), Month.of(year.last_day)


def months_with_facts() -> list[Month]:
    """Every month from the first with anything to count, or counted, to the current one."""
    firsts = [
        SchoolClass.objects.aggregate(first=Min("year__valid_from"))["first"],
        ClassCoverage.objects.aggregate(first=Min("month"))["first"],
    ]
    first = min((date for date in firsts if date), default=None)
    return [] if first is None else Month.current().since(Month.of(first))


class _Selection:
    """Which rows of a fact table are asked for."""

    def __init__(
        self,
        months: Iterable[Month],
        level: str,
        places: Places | None,
        school_ids: Iterable[int] | None,
        class_ids: Iterable[int] | None,
    ) -> None:
        self.months = [month.first for month in months]
        self.level = level
        self.places = places
        self.school_ids = None if school_ids is None else list(school_ids)
        self.class_ids = None if class_ids is None else list(class_ids)

    def rows(self, model: type[Fact], level_field: str = "level") -> QuerySet[Fact]:
        rows = model._default_manager.filter(month__in=self.months)
        if self.level:
            rows = rows.filter(**{level_field: self.level})
        if self.school_ids is not None:
            rows = rows.filter(school_id__in=self.school_ids)
        if self.class_ids is not None:
            rows = rows.filter(school_class_id__in=self.class_ids)
        if self.places is not None:
            inside = Q(school__in=School.objects.within(self.places))
            if self.places.classes:
                inside |= Q(school_class_id__in=self.places.classes)
            rows = rows.filter(inside)
        return rows


class _Grouping:
    """How a row is keyed; a commune on another map is found through its school."""

    def __init__(self, names: tuple[str, ...], commune_of: Mapping[int, int] | None) -> None:
        self.names = names
        self.commune_of = commune_of

    def columns(self, known: Mapping[str, str]) -> list[str]:
        """Columns to group by, in the order of the names that `known` has."""
        if self.commune_of is None:
            return [known[name] for name in self.names if name in known]
        return [
            "school_id" if name == "commune" else known[name]
            for name in self.names
            if name in known
        ]

    def key(self, values: Sequence[Any], known: Mapping[str, str]) -> tuple[Any, ...]:
        """Key made of the grouped values."""
        if self.commune_of is None:
            return tuple(values)
        names = [name for name in self.names if name in known]
        return tuple(
            self.commune_of.get(value) if name == "commune" else value
            for name, value in zip(names, values, strict=True)
        )


def _pupils(
    select: _Selection, grouping: _Grouping, model: type[ClassMonth] | type[SchoolMonth]
) -> Cells:
    columns = grouping.columns(OF_PUPILS)
    rows = (
        select.rows(model)
        .order_by()
        .values_list(*dict.fromkeys(columns), "month")
        .annotate(**{f"total_{name}": Sum(name) for name in MEASURES})
    )
    found: Cells = {}
    split = _splitter(columns)
    for row in rows:
        values, month, numbers = split(row)
        cell = found.setdefault((grouping.key(values, OF_PUPILS), month), _empty(month))
        for name, number in zip(MEASURES, numbers, strict=True):
            cell[name] += number
    return found


def _sessions(select: _Selection, grouping: _Grouping) -> Cells:
    columns = grouping.columns(OF_SESSIONS)
    rows = (
        select.rows(ClassCoverage)
        .order_by()
        .values_list(*dict.fromkeys(columns), "month")
        .annotate(**{f"total_{name}": Sum(name) for name in SESSIONS})
        .annotate(
            classes=Count("pk"),
            most_days=Max("days"),
            least_counted_to=Min("counted_to"),
            last_rebuilt_at=Max("rebuilt_at"),
        )
    )
    found: Cells = {}
    split = _splitter(columns)
    for row in rows:
        values, month, numbers = split(row)
        *sessions, classes, days, counted_to, rebuilt_at = numbers
        last_day = Month.of(month).last
        cell = found.setdefault(
            (grouping.key(values, OF_SESSIONS), month),
            dict.fromkeys((*SESSIONS, "classes", "days"), 0)
            | {"counted_to": last_day, "rebuilt_at": rebuilt_at},
        )
        for name, number in zip(SESSIONS, sessions, strict=True):
            cell[name] += number
        cell["classes"] += classes
        cell["days"] = max(cell["days"], days)
        cell["counted_to"] = min(cell["counted_to"], counted_to)
        cell["rebuilt_at"] = max(cell["rebuilt_at"], rebuilt_at)
    return found


def _waiting(select: _Selection, grouping: _Grouping) -> Cells:
    """Class-months that wait, keyed like sessions."""
    known = OF_SESSIONS | {"level": "school_class__level"}
    waiting = list(
        select.rows(StaleMonth, "school_class__level")
        .order_by()
        .values_list("school_id", "school_class_id", "school_class__level", "month")
    )
    if not waiting:
        return {}
    communes = {}
    if "commune" in grouping.names and grouping.commune_of is None:
        communes = {
            (school_id, month): commune_id
            for school_id, month, commune_id in ClassCoverage.objects.filter(
                school_id__in={row[0] for row in waiting}, month__in=select.months
            )
            .order_by()
            .values_list("school_id", "month", "commune_id")
            .distinct()
        }
    found: Cells = {}
    commune: int | None
    for school_id, class_id, level, month in waiting:
        if "commune" in grouping.names:
            if grouping.commune_of is None:
                if (school_id, month) not in communes:
                    continue
                commune = communes[school_id, month]
            else:
                commune = grouping.commune_of.get(school_id)
        else:
            commune = None
        values = {"school": school_id, "class": class_id, "level": level, "commune": commune}
        key = tuple(values[name] for name in grouping.names if name in known)
        cell = found.setdefault((key, month), {"stale": 0})
        cell["stale"] += 1
    return found


def _splitter(
    columns: Sequence[str],
) -> Callable[[Sequence[Any]], tuple[list[Any], datetime.date, Sequence[Any]]]:
    """Function row -> (grouped values, one per column, repeated ones included; month; numbers)."""
    distinct = list(dict.fromkeys(columns))
    positions = [distinct.index(column) for column in columns]
    month = len(distinct)

    def split(row: Sequence[Any]) -> tuple[list[Any], datetime.date, Sequence[Any]]:
        return [row[position] for position in positions], row[month], row[month + 1 :]

    return split


def _empty(month: datetime.date) -> dict[str, Any]:
    here = Month.of(month)
    return dict.fromkeys(MEASURES, 0) | {"first_month": here, "last_month": here}


def _attach(found: Cells, sessions: Cells, names: Sequence[str]) -> None:
    """Give each cell the sessions of its group; a group without pupils gets a cell too."""
    shared = [index for index, name in enumerate(names) if name in OF_SESSIONS]
    if len(shared) == len(names):
        for (key, month), numbers in sessions.items():
            found.setdefault((key, month), _empty(month)).update(numbers)
        return
    for (key, month), cell in found.items():
        group = tuple(key[index] for index in shared)
        cell.update(sessions.get((group, month), {}))
