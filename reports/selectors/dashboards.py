"""What a dashboard shows: one function per kind of place, a fixed number of queries each.

Every series on an area's page is restated to one map: that of the month shown, or, when the
area was not valid in that month, the day of its own validity nearest to it. So a commune of
today can be followed back over a reorganisation through its schools. `map_then` shows each
month by the units of that month instead.
"""

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from django.db.models import Q, QuerySet

from core.levels import EducationLevel
from core.months import Month
from core.rules import RuleTable
from core.scope import AreaTree as Tree
from core.validity import valid_on
from schools.areas.selectors.tree import (
    NOWHERE,
    NOWHERE_NAME,
    AreaTree,
    communes_of_schools,
    of_province,
    schools_in,
    schools_of_province,
)
from schools.enums import AreaLevel
from schools.models import Area, School, SchoolClass

from .. import rates, thresholds
from ..indicators import INDICATORS
from .figures import Figures, Key, figures, months_of_year_to
from .targets import TargetTable

TREND_MONTHS = 12
HEAT_MONTHS = 12
LEVEL_ORDER = [
    EducationLevel.LOWER_SECONDARY,
    EducationLevel.PRIMARY,
    EducationLevel.PRESCHOOL,
    EducationLevel.UPPER_SECONDARY,
]


@dataclass(frozen=True)
class Row:
    """One place in a table: its figures of the month and how they are judged."""

    key: int
    name: str
    figures: Figures
    before: Figures
    year: Figures
    target: float | None
    judgement: rates.Judgement
    history: list[tuple[Month, Figures, rates.Judgement]] = field(default_factory=list)
    # Of all levels together: how each level with figures is judged by its own target.
    levels: list[rates.Judgement] = field(default_factory=list)

    @cached_property
    def rate(self) -> rates.Rate:
        return INDICATORS["attendance"].compute(self.figures)

    @cached_property
    def coverage(self) -> rates.Rate:
        return INDICATORS["coverage"].compute(self.figures)

    @cached_property
    def on_day(self) -> rates.Rate:
        return INDICATORS["timeliness"].compute(self.figures)

    @cached_property
    def retention(self) -> rates.Rate:
        return INDICATORS["retention_b"].compute(self.year)

    @property
    def dropouts(self) -> int:
        return self.year.left_dropout

    @cached_property
    def change(self) -> float | None:
        last = INDICATORS["attendance"].compute(self.before)
        return rates.difference_in_points(self.rate, last)


@dataclass(frozen=True)
class Point:
    """One month of a trend."""

    month: Month
    rate: rates.Rate
    before: rates.Rate
    coverage: rates.Rate
    judgement: rates.Judgement


@dataclass(frozen=True)
class Dashboard:
    """Everything a page of figures needs, without words."""

    month: Month
    level: str
    levels: list[EducationLevel]
    total_row: Row
    children: list[Row]
    trend: list[Point]
    # The day of the map asked for; None: the map of the month.
    map_day: datetime.date | None = None
    districts: list[Row] = field(default_factory=list)
    area: Area | None = None
    tree: AreaTree | None = None
    chain: list[int] = field(default_factory=list)
    # Of an area: the schools counted here, of whatever level.
    school_ids: Sequence[int] = ()
    school: School | None = None
    school_class: SchoolClass | None = None

    @property
    def places(self) -> list[Row]:
        """The children that are compared: not the row of schools that lie in no unit of the map."""
        return [row for row in self.children if row.key != NOWHERE]

    @property
    def total(self) -> Figures:
        return self.total_row.figures

    @property
    def rate(self) -> rates.Rate:
        return self.total_row.rate

    @property
    def coverage(self) -> rates.Rate:
        return self.total_row.coverage

    @property
    def target(self) -> float | None:
        return self.total_row.target

    @property
    def has_previous(self) -> bool:
        return any(point.before.value is not None for point in self.trend)


def levels_in_area(area: Area, month: Month, tree: AreaTree | None = None) -> list[EducationLevel]:
    """Education levels taught in an area on a map, by default that of a month.

    In a province those of the month on every map: it counts the same schools on each.
    """
    if area.level == AreaLevel.PROVINCE:
        on, inside = map_date_for(area, month), of_province(area, "placements__")
    else:
        tree = tree or map_for(area, month)
        on, inside = tree.date, Q(placements__commune_id__in=tree.below(area.pk))
    return levels_taught(School.objects.filter(valid_on(on, "placements__"), inside).only("levels"))


def map_for(area: Area, month: Month, day: datetime.date | None = None) -> AreaTree:
    """The map on which a page about an area shows its figures: of a day asked for, or of the
    month. Two queries."""
    return AreaTree.on(day or map_date_for(area, month))


def map_date_for(area: Area, month: Month) -> datetime.date:
    """The day whose map a page about an area and a month uses."""
    date = month.last
    if area.valid_to is not None and date >= area.valid_to:
        date = area.valid_to - timedelta(days=1)
    return max(date, area.valid_from)


class Judge:
    """Targets and thresholds of one month, to judge figures without further queries."""

    def __init__(self, level: str, rules: RuleTable, targets: TargetTable) -> None:
        self.level = level
        self.targets = targets
        self.min_pupils = int(rules[thresholds.MIN_PUPILS, level])
        self.min_days = int(rules[thresholds.MIN_DAYS, level])

    def target(self, indicator: str, chain: Sequence[int]) -> float | None:
        return self.targets.share(indicator, self.level, chain)

    def __call__(self, values: Figures, chain: Sequence[int]) -> rates.Judgement:
        return rates.judge(
            INDICATORS["attendance"].compute(values),
            self.target("attendance", chain),
            INDICATORS["coverage"].compute(values),
            self.target("coverage", chain),
            min_pupils=self.min_pupils,
            min_days=self.min_days,
            days=values.days,
        )


class _Series:
    """Figures of many places over many months, summed as a page needs them."""

    def __init__(self, by_key_and_month: Mapping[tuple[Key, Month], Figures]) -> None:
        self._sums = by_key_and_month

    @property
    def keys(self) -> set[Key]:
        """Every key with figures in some month."""
        return {key for key, _month in self._sums}

    def at(self, keys: Iterable[int], month: Month) -> Figures:
        """Sum over keys in one month."""
        found = (self._sums.get((key, month)) for key in keys)
        return sum((values for values in found if values is not None), Figures())

    def over(self, keys: Iterable[int], months: Iterable[Month]) -> Figures:
        """Sum over keys and months: the school year so far."""
        return sum((self.at(keys, month) for month in months), Figures())


@dataclass
class _Frame:
    """What all rows of a page share."""

    month: Month
    compared: Month
    series: _Series
    judge: Judge
    year_months: list[Month]
    # Of all levels together: the frames of each level.
    parts: list["_Frame"] = field(default_factory=list)

    def row(
        self,
        key: int,
        name: str,
        chain: Sequence[int],
        keys: Sequence[int],
        *,
        history: Iterable[Month] = (),
    ) -> Row:
        """One place from the keys of its figures and the areas above it, nearest first."""
        values = self.series.at(keys, self.month)
        return Row(
            key=key,
            name=name,
            figures=values,
            before=self.series.at(keys, self.compared),
            year=self.series.over(keys, self.year_months),
            target=self.judge.target("attendance", chain),
            judgement=self.judge(values, chain),
            levels=[
                part.judge(of_level, chain)
                for part in self.parts
                if (of_level := part.series.at(keys, self.month))
            ],
            history=[
                (past, then, self.judge(then, chain))
                for past in history
                for then in [self.series.at(keys, past)]
            ],
        )

    def trend(self, keys: Sequence[int], chain: Sequence[int]) -> list[Point]:
        """Twelve months up to the one shown, each with the same month a year before."""
        points = []
        for past in self.month.last_months(TREND_MONTHS):
            values = self.series.at(keys, past)
            before = self.series.at(keys, past.plus(-12))
            points.append(
                Point(
                    month=past,
                    rate=INDICATORS["attendance"].compute(values),
                    before=INDICATORS["attendance"].compute(before),
                    coverage=INDICATORS["coverage"].compute(values),
                    judgement=self.judge(values, chain),
                )
            )
        return points


def _frame(
    month: Month,
    level: str,
    rules: RuleTable,
    *,
    by: str,
    compared: Month | None,
    school_ids: Collection[int] | None = None,
    class_ids: Collection[int] | None = None,
) -> _Frame:
    (frame,) = _frames(
        month,
        [level],
        rules,
        by=by,
        compared=compared,
        school_ids=school_ids,
        class_ids=class_ids,
    )
    return frame


def _frames(
    month: Month,
    levels: Sequence[str],
    rules: RuleTable,
    *,
    by: str,
    compared: Month | None,
    school_ids: Collection[int] | None = None,
    class_ids: Collection[int] | None = None,
) -> list[_Frame]:
    """A `_Frame` for each level ("" is all together), for the queries of one."""
    months, targets = month.last_months(TREND_MONTHS + 12), TargetTable.on(month.last)
    only = levels[0] if len(levels) == 1 else ""
    counted = figures(
        months=months, level=only, by=(by, "level"), school_ids=school_ids, class_ids=class_ids
    )
    asked, levels = levels, [*levels, *([] if "" not in levels else LEVEL_ORDER)]
    sums: dict[str, dict[tuple[Key, Month], Figures]] = {level: {} for level in levels}
    for ((key, of_level), past), values in counted.items():
        for level in {of_level, ""} & sums.keys():
            before = sums[level].get((key, past))
            sums[level][key, past] = values if before is None else before + values
    year_months = months_of_year_to(month)
    frames = {
        level: _Frame(
            month,
            compared or month.plus(-1),
            _Series(sums[level]),
            Judge(level, rules, targets),
            year_months,
        )
        for level in sums
    }
    if "" in frames:
        frames[""].parts = [frames[level] for level in LEVEL_ORDER]
    return [frames[level] for level in asked]


def levels_taught(schools: Iterable[School]) -> list[EducationLevel]:
    """Education levels of some schools, lower secondary first: the letter's first concern."""
    taught = {level for school in schools for level in school.education_levels}
    return [level for level in LEVEL_ORDER if level in taught]


def area_dashboard(
    *,
    area: Area,
    month: Month,
    level: str,
    rules: RuleTable,
    map_then: bool = False,
    map_day: datetime.date | None = None,
    tree: AreaTree | None = None,
    compared: Month | None = None,
) -> Dashboard:
    """Figures of an area: of its communes, or of the schools of a commune.

    Args:
        area: an `Area` the caller has found inside the reader's places.
        month: the `Month` shown.
        level: an education level, or "" for all.
        rules: `core.rules.RuleTable` of the month.
        map_then: show each month by its own units.
        map_day: show every month on the map of this day, on which the area must be valid; by
            default on that of the month.
        tree: that map, when the caller has it already.
        compared: the month whose rate `Row.change` is the difference to, at most a year
            before; by default the month before.
    Queries: a fixed number, see tests/reports/test_dashboards.py.
    """
    (board,) = area_dashboards(
        area=area,
        month=month,
        levels=[level],
        rules=rules,
        map_then=map_then,
        map_day=map_day,
        tree=tree,
        compared=compared,
    )
    return board


def area_dashboards(
    *,
    area: Area,
    month: Month,
    levels: Sequence[str],
    rules: RuleTable,
    map_then: bool = False,
    map_day: datetime.date | None = None,
    tree: AreaTree | None = None,
    compared: Month | None = None,
) -> list[Dashboard]:
    """`area_dashboard` of each of some levels, for the queries of one."""
    tree = tree or map_for(area, month, map_day)
    inside = tree.below(area.pk)
    nowhere: list[int] = []
    if area.level == AreaLevel.PROVINCE:
        commune_of, nowhere = schools_of_province(area, inside, on=tree.date)
    else:
        commune_of = schools_in(inside, on=tree.date)
    school_ids = [*commune_of, *nowhere]
    schools = {school.pk: school for school in schools_by_id(school_ids)}
    by_commune = map_then and area.level != AreaLevel.COMMUNE
    frames = _frames(
        month,
        levels,
        rules,
        by="commune" if by_commune else "school",
        compared=compared,
        school_ids=school_ids,
    )
    history = month.last_months(HEAT_MONTHS)
    # As it was then a province also shows the units that were there in other months.
    others = _units_besides(tree, frames) if by_commune and area.level == AreaLevel.PROVINCE else []

    def chain(area_id: int) -> list[int]:
        return [above.pk for above in tree.ancestors(area_id)][::-1]

    def keys(area_id: int) -> list[int]:
        below = tree.below(area_id)
        if by_commune:
            return [pk for pk in below if tree[pk].level == AreaLevel.COMMUNE]
        return [school_id for school_id, commune_id in commune_of.items() if commune_id in below]

    def all_keys(frame: _Frame) -> Sequence[int]:
        if area.level != AreaLevel.PROVINCE:
            return keys(area.pk)
        return list(frame.series.keys) if by_commune else school_ids

    def of_level(level: str, frame: _Frame) -> Dashboard:
        districts = []
        if area.level == AreaLevel.COMMUNE:
            children = [
                frame.row(pk, school.name, chain(area.pk), [pk], history=history)
                for pk, school in schools.items()
                if not level or level in school.education_levels
            ]
        else:
            children = [
                frame.row(
                    commune.pk, commune.title, chain(commune.pk), keys(commune.pk), history=history
                )
                for commune in tree.communes(area.pk)
            ]
            children += [
                frame.row(pk, name, [area.pk], [pk], history=history) for pk, name in others
            ]
            if nowhere and not by_commune:
                name = str(NOWHERE_NAME)
                children.append(frame.row(NOWHERE, name, [area.pk], nowhere, history=history))
        if area.level == AreaLevel.PROVINCE:
            districts = [
                frame.row(below.pk, below.title, chain(below.pk), keys(below.pk))
                for below in tree.children(area.pk)
                if below.level == AreaLevel.DISTRICT
            ]
        return Dashboard(
            month=month,
            level=level,
            levels=levels_taught(schools.values()),
            total_row=frame.row(area.pk, area.title, chain(area.pk), all_keys(frame)),
            children=[row for row in children if any(then for _month, then, _j in row.history)],
            districts=[row for row in districts if row.figures],
            trend=frame.trend(all_keys(frame), chain(area.pk)),
            map_day=None if by_commune else map_day,
            area=area,
            tree=tree,
            school_ids=school_ids,
        )

    return [of_level(level, frame) for level, frame in zip(levels, frames, strict=True)]


def _units_besides(tree: AreaTree, frames: Iterable[_Frame]) -> list[tuple[int, str]]:
    """(id, name) of units with figures that are not on a map, by name; one query if there are."""
    known = {key for frame in frames for key in frame.series.keys}
    besides = known - tree.by_id.keys()
    if not besides:
        return []
    areas = Area.objects.filter(pk__in=besides).order_by("name_key", "pk")
    return [(each.pk, each.title) for each in areas]


def rows_of_communes(
    communes: Collection[Area], *, tree: Tree, month: Month, rules: RuleTable
) -> dict[int, list[tuple[EducationLevel, Row]]]:
    """{id of a commune: its `Row` of a month for each level with figures}, lower secondary first.

    Schools lie where they do on the map of `tree`. For the queries of one dashboard.
    """
    if not communes:
        return {}
    commune_of = schools_in({each.pk for each in communes}, on=tree.date)
    frames = _frames(
        month,
        [*LEVEL_ORDER],
        rules,
        by="school",
        compared=None,
        school_ids=list(commune_of),
    )
    found: dict[int, list[tuple[EducationLevel, Row]]] = {}
    for commune in communes:
        keys = [school for school, lies_in in commune_of.items() if lies_in == commune.pk]
        chain = [above.pk for above in tree.ancestors(commune.pk)][::-1]
        rows = [
            (level, frame.row(commune.pk, commune.title, chain, keys))
            for level, frame in zip(LEVEL_ORDER, frames, strict=True)
        ]
        found[commune.pk] = [(level, row) for level, row in rows if row.figures]
    return found


def school_dashboard(
    *,
    school: School,
    month: Month,
    level: str,
    rules: RuleTable,
    compared: Month | None = None,
) -> Dashboard:
    """Figures of a school: its classes of the month, trend and history of the school.

    A class lives one school year, so its history stays inside it. Fixed number of queries.
    """
    tree, chain = chain_of_school(school.pk, month)
    frame = _frame(month, level, rules, by="class", compared=compared, school_ids=[school.pk])
    classes = list(classes_of_school(school, month, level))
    everything = list(frame.series.keys)
    history = frame.year_months
    return Dashboard(
        month=month,
        level=level,
        levels=levels_taught([school]),
        total_row=frame.row(school.pk, school.name, chain, everything),
        children=[
            frame.row(each.pk, each.name, chain, [each.pk], history=history) for each in classes
        ],
        trend=frame.trend(everything, chain),
        school=school,
        tree=tree,
        chain=chain,
    )


def class_dashboard(
    *,
    school_class: SchoolClass,
    month: Month,
    rules: RuleTable,
    compared: Month | None = None,
) -> Dashboard:
    """Figures of one class over its school year. Fixed number of queries."""
    tree, chain = chain_of_school(school_class.school_id, month)
    frame = _frame(
        month,
        school_class.level,
        rules,
        by="class",
        compared=compared,
        class_ids=[school_class.pk],
    )
    return Dashboard(
        month=month,
        level=school_class.level,
        levels=[],
        total_row=frame.row(school_class.pk, school_class.name, chain, [school_class.pk]),
        children=[],
        trend=frame.trend([school_class.pk], chain),
        school=school_class.school,
        school_class=school_class,
        tree=tree,
        chain=chain,
    )


def chain_of_school(school_id: int, month: Month) -> tuple[AreaTree, list[int]]:
    """The map of a month's last day, and the ids of a school's areas on it, nearest first.

    Without any when it lies nowhere on that map.
    """
    tree = AreaTree.on(month.last)
    commune_id = communes_of_schools(on=month.last, school_ids=[school_id]).get(school_id)
    return tree, [above.pk for above in tree.ancestors(commune_id)][::-1]


def schools_by_id(school_ids: Iterable[int]) -> QuerySet[School]:
    """Schools by name; one query."""
    return School.objects.filter(pk__in=list(school_ids)).order_by("name_key", "pk")


def classes_of_school(school: School, month: Month, level: str = "") -> QuerySet[SchoolClass]:
    """Classes of the school years that touch a month, by grade and name; one query."""
    classes = SchoolClass.objects.filter(
        school=school, year__valid_from__lt=month.end, year__valid_to__gt=month.first
    ).order_by("level", "name_key", "pk")
    return classes.filter(level=level) if level else classes
