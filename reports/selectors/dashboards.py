"""What a dashboard shows: one function per kind of place, a fixed number of queries each.

Every series on an area's page is restated to one map: that of the month shown, or, when the
area was not valid in that month, the day of its own validity nearest to it. So a commune of
today can be followed back over a reorganisation through its schools. `map_then` shows each
month by the units of that month instead.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from schools.enums import AreaLevel, EducationLevel
from schools.models import SchoolClass
from schools.months import Month
from schools.selectors.areas import AreaTree, communes_of_schools, successors

from .. import rates, thresholds
from ..indicators import INDICATORS
from .figures import Figures, figures
from .targets import TargetTable

TREND_MONTHS = 12
HEAT_MONTHS = 10
LEVEL_ORDER = [
    EducationLevel.LOWER_SECONDARY,
    EducationLevel.PRIMARY,
    EducationLevel.PRESCHOOL,
    EducationLevel.UPPER_SECONDARY,
]


@dataclass
class Row:
    """One place in a table: its figures of the month and how they are judged."""

    key: object
    name: str
    figures: Figures
    before: Figures
    year: Figures
    target: float | None
    judgement: object
    history: list = field(default_factory=list)
    url: str = ""

    @cached_property
    def rate(self):
        return INDICATORS["attendance"].compute(self.figures)

    @cached_property
    def coverage(self):
        return INDICATORS["coverage"].compute(self.figures)

    @cached_property
    def retention(self):
        return INDICATORS["retention_b"].compute(self.year)

    @property
    def dropouts(self):
        return self.year.left_dropout

    @cached_property
    def change(self):
        last = INDICATORS["attendance"].compute(self.before)
        return rates.difference_in_points(self.rate, last)


@dataclass
class Point:
    """One month of a trend."""

    month: Month
    rate: object
    before: object
    coverage: object
    judgement: object


@dataclass
class Dashboard:
    """Everything a page of figures needs, without words."""

    month: Month
    level: str
    levels: list
    total_row: Row
    children: list
    trend: list
    map_then: bool = False
    districts: list = field(default_factory=list)
    area: object = None
    tree: object = None
    school: object = None
    school_class: object = None

    @property
    def total(self):
        return self.total_row.figures

    @property
    def rate(self):
        return self.total_row.rate

    @property
    def coverage(self):
        return self.total_row.coverage

    @property
    def target(self):
        return self.total_row.target

    @property
    def has_previous(self):
        return any(point.before.value is not None for point in self.trend)


def visible_area(places, area):
    """Whether an area lies inside the places, also when it is a version of the past.

    A past version is seen by those who may see all its successors of today.
    """
    if not places:
        return False
    if area.pk in places.areas:
        return True
    if area.valid_to is None or area.valid_to > places.date:
        return False
    tree = AreaTree.on(area.valid_to - timedelta(days=1))
    communes = [commune.pk for commune in tree.communes(area.pk)]
    now = successors(communes, on=places.date)
    return bool(communes) and all(now.get(pk) in places.areas for pk in communes)


def map_date_for(area, month):
    """The day whose map a page about an area and a month uses."""
    date = month.last
    if area.valid_to is not None and date >= area.valid_to:
        date = area.valid_to - timedelta(days=1)
    return max(date, area.valid_from)


class _Judge:
    """Targets and thresholds of one month, to judge figures without further queries."""

    def __init__(self, month, level, rules):
        self.level = level
        self.targets = TargetTable.on(month.last)
        self.min_pupils = int(rules[thresholds.MIN_PUPILS, level])
        self.min_days = int(rules[thresholds.MIN_DAYS, level])

    def target(self, indicator, chain):
        return self.targets.share(indicator, self.level, chain)

    def __call__(self, values, chain):
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

    def __init__(self, by_key_and_month):
        self._sums = by_key_and_month

    def at(self, keys, month):
        """Sum over keys in one month."""
        return sum(
            (self._sums[key, month] for key in keys if (key, month) in self._sums), Figures()
        )

    def until(self, keys, months):
        """Sum over keys and months: the school year so far."""
        return sum((self.at(keys, month) for month in months), Figures())


def school_year_months(month):
    """Months of the school year from its first one to `month`.

    Figures cumulate from August: a school year begins with pupils coming, wherever its
    opening day lies (framework decisions set it between late August and 5 September).
    """
    first = Month(month.year if month.number >= 8 else month.year - 1, 8)
    return month.since(first)


def _window(month):
    return month.last_months(TREND_MONTHS + 12)


def _rows(units, series, month, judge, heat_months):
    year = school_year_months(month)
    rows = []
    for key, name, chain, schools in units:
        values = series.at(schools, month)
        rows.append(
            Row(
                key=key,
                name=name,
                figures=values,
                before=series.at(schools, month.plus(-1)),
                year=series.until(schools, year),
                target=judge.target("attendance", chain),
                judgement=judge(values, chain),
                history=[
                    (past, series.at(schools, past), judge(series.at(schools, past), chain))
                    for past in heat_months
                ],
            )
        )
    return rows


def _trend(keys, series, month, judge, chain):
    attendance, coverage = INDICATORS["attendance"], INDICATORS["coverage"]
    points = []
    for past in month.last_months(TREND_MONTHS):
        values = series.at(keys, past)
        points.append(
            Point(
                month=past,
                rate=attendance.compute(values),
                before=attendance.compute(series.at(keys, past.plus(-12))),
                coverage=coverage.compute(values),
                judgement=judge(values, chain),
            )
        )
    return points


def area_dashboard(*, area, month, level, rules, map_then=False):
    """Figures of an area: its communes (schools in a commune), trend and history.

    Args:
        area: an `Area` the caller has found inside the reader's places.
        month: the `Month` shown.
        level: an education level, or "" for all.
        rules: `schools.rules.RuleTable` of the month.
        map_then: show past months by their own units.
    Queries: areas and clusters 2, placements and successions at most 4, figures, targets.
    """
    on = map_date_for(area, month)
    tree = AreaTree.on(on)
    commune_of = communes_of_schools(on=on)
    inside = tree.below(area.pk)
    members = {}
    for school_id, commune_id in commune_of.items():
        if commune_id in inside:
            members.setdefault(commune_id, []).append(school_id)
    schools = [school_id for ids in members.values() for school_id in ids]
    judge = _Judge(month, level, rules)
    chain_of = {pk: [a.pk for a in tree.ancestors(pk)][::-1] for pk in inside}

    if area.level == AreaLevel.COMMUNE:
        sums, names = _school_sums(schools, _window(month), level)
        units = [
            (pk, names[pk], chain_of[area.pk], [pk])
            for pk in sorted(names, key=lambda pk: names[pk])
        ]
    elif map_then:
        sums = figures(school_ids=schools, months=_window(month), level=level, by="commune")
        units = [
            (commune.pk, commune.title, chain_of[commune.pk], [commune.pk])
            for commune in tree.communes(area.pk)
        ]
    else:
        sums = figures(school_ids=schools, months=_window(month), level=level, by="school")
        units = [
            (commune.pk, commune.title, chain_of[commune.pk], members.get(commune.pk, []))
            for commune in tree.communes(area.pk)
        ]
    series = _Series(sums)
    heat_months = month.last_months(HEAT_MONTHS)
    children = _rows(units, series, month, judge, heat_months)
    keys = [key for *_unit, keys in units for key in keys]
    districts = []
    if area.level == AreaLevel.PROVINCE and not map_then:
        districts = _rows(
            [
                (
                    district.pk,
                    district.title,
                    chain_of[district.pk],
                    [s for c in tree.communes(district.pk) for s in members.get(c.pk, [])],
                )
                for district in tree.children(area.pk)
                if district.level == AreaLevel.DISTRICT
            ],
            series,
            month,
            judge,
            [],
        )
    (total,) = _rows([(area.pk, area.title, chain_of[area.pk], keys)], series, month, judge, [])
    return Dashboard(
        month=month,
        level=level,
        levels=levels_taught(schools),
        total_row=total,
        children=[row for row in children if row.figures or any(v for _m, v, _j in row.history)],
        trend=_trend(keys, series, month, judge, chain_of[area.pk]),
        map_then=map_then,
        districts=[row for row in districts if row.figures],
        area=area,
        tree=tree,
    )
