"""What is missing where: by class for a school, by school for a commune, by commune above.

Classes are looked at one by one up to a commune. Above it the earlier days are read from the
facts, which the night counted; today is worked out from calendar and registers in any case.
"""

import datetime
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from attendance.registers.selectors.missing import (
    Found,
    MissingRegister,
    find_missing,
    in_order,
    open_days,
    this_day,
)
from core.months import Month
from core.scope import Places
from core.vietnamese import title_key
from schools.areas.selectors.tree import AreaTree, communes_of_schools
from schools.enums import AreaLevel
from schools.models import Area, School, SchoolClass

from ..indicators import INDICATORS
from ..rates import Rate
from .figures import Figures, figures
from .timeliness import Delay, delays

NO_DELAY = Delay()


@dataclass
class ClassMissing:
    """A class and its missing registers: of today by the hour, and of earlier days."""

    school_class: SchoolClass
    today: list[MissingRegister] = field(default_factory=list)
    earlier: list[MissingRegister] = field(default_factory=list)


@dataclass
class PlaceMissing:
    """Counts of a school or commune: `due` and `missing` today, `late` of these, and `earlier`.

    `schools` is how many of a commune's schools have something late or earlier, `registers`
    the missing ones one by one where they were looked at: above a commune those of today.
    """

    key: int
    name: str
    due: int = 0
    missing: int = 0
    late: int = 0
    earlier: int = 0
    schools: int = 0
    registers: list[MissingRegister] = field(default_factory=list)
    figures: Figures = field(default_factory=Figures)
    lag: Delay = field(default_factory=Delay)

    @property
    def sent(self) -> int:
        """Registers of today that are there."""
        return self.due - self.missing

    @property
    def open(self) -> int:
        """What somebody should do something about: late today, or of an earlier day."""
        return self.late + self.earlier

    @property
    def on_day(self) -> Rate:
        """Share of the month's registers that came on their day: a `rates.Rate`."""
        return self.lag.rate if self.lag.n else INDICATORS["timeliness"].compute(self.figures)

    def add(self, other: "PlaceMissing") -> None:
        """Count another place into this one."""
        self.due += other.due
        self.missing += other.missing
        self.late += other.late
        self.earlier += other.earlier
        self.schools += other.schools
        self.registers += other.registers
        self.figures += other.figures


@dataclass
class AreaMissing:
    """An area's rows, what is late first, and their sum."""

    area: Area
    rows: list[PlaceMissing]
    total: PlaceMissing
    by_commune: bool


def by_class(
    places: Places, *, today: datetime.date, school_id: int | None = None
) -> list[ClassMissing]:
    """List of `ClassMissing` of the classes inside the places, by school and name.

    Only classes with something missing, on the days whose registers may still be sent.
    """
    rows: dict[int, ClassMissing] = {}
    for each in in_order(find_missing(places, open_days(today), school_id=school_id).missing):
        row = rows.setdefault(each.school_class.pk, ClassMissing(each.school_class))
        (row.today if each.date == today else row.earlier).append(each)
    return list(rows.values())


def by_school(places: Places, *, date: datetime.date, now: datetime.datetime) -> list[PlaceMissing]:
    """List of `PlaceMissing` of one day: the schools with something missing, by name.

    Of the classes inside the places; a fixed number of queries whatever their number.
    """
    found, schools = find_missing(places, this_day(date)), {}
    for each in in_order(found.missing):
        school = each.school_class.school
        if school not in schools:
            due = found.due[school.pk, date]
            schools[school] = PlaceMissing(school.pk, school.name, due=due)
        schools[school].registers.append(each)
        schools[school].missing += 1
        schools[school].late += each.is_late(now)
    return [
        schools[school]
        for school in sorted(schools, key=lambda school: (school.name_key, school.pk))
    ]


def counted(rows: Iterable[ClassMissing], now: datetime.datetime) -> PlaceMissing:
    """The `PlaceMissing` sum of some `ClassMissing`."""
    total = PlaceMissing(0, "")
    for row in rows:
        total.missing += len(row.today)
        total.late += sum(each.is_late(now) for each in row.today)
        total.earlier += len(row.earlier)
    return total


def by_area(
    area: Area, tree: AreaTree, *, now: datetime.datetime, today: datetime.date
) -> AreaMissing:
    """`AreaMissing` of an area valid today: of its schools, or above a commune of its communes.

    A fixed number of queries whatever the size of the area.
    """
    places = Places(today, areas=frozenset(tree.below(area.pk)))
    schools = {
        school.pk: PlaceMissing(school.pk, school.name) for school in School.objects.within(places)
    }
    if area.level == AreaLevel.COMMUNE:
        _count(schools, find_missing(places, open_days(today)), now=now, today=today)
        found = delays(month=Month.of(today), school_ids=schools)
        for school in schools.values():
            school.lag = found.get(school.key, NO_DELAY)
            school.schools = int(bool(school.open))
        return _board(area, schools.values(), lag=found[None])
    _count(schools, find_missing(places, this_day(today)), now=now, today=today)
    _read_facts(schools, today)
    return _board(area, _communes(schools, tree, today), by_commune=True)


def _count(
    schools: Mapping[int, PlaceMissing],
    found: Found,
    *,
    now: datetime.datetime,
    today: datetime.date,
) -> None:
    for (school_id, date), due in found.due.items():
        if date == today:
            schools[school_id].due = due
    for each in found.missing:
        school = schools[each.school_class.school_id]
        school.registers.append(each)
        if each.date < today:
            school.earlier += 1
        else:
            school.missing += 1
            school.late += each.is_late(now)


def _read_facts(schools: Mapping[int, PlaceMissing], today: datetime.date) -> None:
    """Earlier days of the months that are open, and the figures of the running one."""
    months = {Month.of(day) for day in open_days(today)}
    for (school_id, month), values in figures(
        months=months, by="school", school_ids=schools
    ).items():
        schools[school_id].earlier += values.due - values.taken
        if month == Month.of(today):
            schools[school_id].figures = values


def _communes(
    schools: Mapping[int, PlaceMissing], tree: AreaTree, today: datetime.date
) -> Collection[PlaceMissing]:
    commune_of = communes_of_schools(on=today, school_ids=list(schools))
    communes = {}
    for school_id, school in schools.items():
        school.schools = int(bool(school.open))
        commune = tree[commune_of[school_id]]
        if commune.pk not in communes:
            communes[commune.pk] = PlaceMissing(commune.pk, commune.title)
        communes[commune.pk].add(school)
    return communes.values()


def _board(
    area: Area, places: Iterable[PlaceMissing], *, by_commune: bool = False, lag: Delay = NO_DELAY
) -> AreaMissing:
    """Rows of places, of which each school with something open has counted itself."""
    rows = [place for place in places if place.due or place.open or place.lag.n or place.figures]
    rows.sort(key=lambda row: (-row.late, -row.earlier, -row.missing, title_key(row.name)))
    total = PlaceMissing(area.pk, area.title, lag=lag)
    for row in rows:
        total.add(row)
    return AreaMissing(area, rows, total, by_commune)
