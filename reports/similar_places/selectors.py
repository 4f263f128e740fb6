"""Reading a comparison: the features of every place of the province, then the nearest of them."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from django.db.models import Count, Sum

from core.levels import EducationLevel
from core.months import Month
from core.rules import RuleTable
from core.scope import Places
from schools import ethnic_groups
from schools.areas.selectors.tree import AreaTree, schools_in
from schools.boarding.selectors.eligibility import day_counted
from schools.enums import Grade, SchoolKind
from schools.models import (
    Area,
    AreaDesignation,
    Enrolment,
    School,
    SchoolClass,
    SchoolStatus,
    SemiBoarding,
)

from .. import thresholds
from ..dispersion import ALARM, dispersion
from ..models import SchoolMonth
from ..rates import Judgement
from ..selectors.dashboards import Judge, Row, chain_of_school, map_for, schools_by_id
from ..selectors.figures import Figures, figures
from ..selectors.targets import TargetTable
from .similarity import distances, size, spreads

ROLL, LOWER_SECONDARY, MINORITY, MAIN_GROUP = "roll", "lower_secondary", "minority", "main_group"
SEMI_BOARDERS, BOARDING_SCHOOLS, SITES = "semi_boarders", "boarding_schools", "sites"
DIFFICULT, BORDER = "difficult", "border"
FEATURES = (
    *(ROLL, LOWER_SECONDARY, MINORITY, MAIN_GROUP),
    *(SEMI_BOARDERS, BOARDING_SCHOOLS, SITES, DIFFICULT, BORDER),
)
WEIGHTS = dict(zip(FEATURES, thresholds.SIMILAR_WEIGHTS, strict=True))
OF_PUPILS = {MINORITY, MAIN_GROUP, SEMI_BOARDERS}
BOARDING = {SchoolKind.SEMI_BOARDING, SchoolKind.BOARDING}
# Rates that enough registers, days and pupils stand behind.
RANKED = {Judgement.CERTAINLY_LOW, Judgement.WATCH, Judgement.GOOD, Judgement.NO_TARGET}
DESIGNATIONS = {
    DIFFICULT: AreaDesignation.Kind.ESPECIALLY_DIFFICULT,
    BORDER: AreaDesignation.Kind.BORDER,
}


@dataclass(frozen=True)
class Feature:
    """One feature of a place beside its range among those like it; shares are 0..1.

    Attributes:
        tells: whether it differs among the places of the province and has a weight, so that it had
            a part in choosing.
        few: of a share of pupils of whom, or of all others, there are some but fewer here than
            any group is told of by: that number of pupils; else 0.
    """

    code: str
    own: float
    low: float
    high: float
    tells: bool
    few: int = 0


@dataclass(frozen=True)
class Comparison:
    """A place among those most like it.

    Attributes:
        own: its figures of the month and how they are judged.
        peers: those most like it that can be ranked, nearest first.
        wanted: how many the rules ask for.
        is_too_small: whether it has too few pupils to be like any, and so no peers.
        passed_over: nearer ones that sent too few registers to be ranked; without peers, all.
        too_small: places of the province with too few pupils, which are never chosen.
        features: beside the range of the peers; empty without peers.
        main_group: code of the ethnic group with most pupils here, "" for none.
        rank: 1 for the highest rate among the place and its peers; None when it is not ranked.
        median: rate of the peers, 0..1.
        beyond: -1 or 1 when the place lies below or above what chance and the usual differences
            among these places explain, 0 when it does not or this cannot be said.
    """

    own: Row
    peers: Sequence[Row]
    wanted: int
    is_too_small: bool
    passed_over: int
    too_small: int
    features: Sequence[Feature]
    main_group: str
    rank: int | None
    median: float | None
    beyond: int


@dataclass
class _Facts:
    """What is counted of one place before it is compared; adds up over schools."""

    roll: int = 0
    of_all_levels: int = 0
    lower_secondary: int = 0
    semi_boarders: int = 0
    in_boarding_schools: int = 0
    sites: int = 0
    schools: int = 0

    def __post_init__(self) -> None:
        self.groups: Counter[str] = Counter()

    def add(self, other: "_Facts") -> None:
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.groups += other.groups

    def features(self, main_group: str, designations: Collection[str]) -> dict[str, float]:
        """{feature: value}; the group with most pupils is that of the place compared."""
        minority = sum(n for code, n in self.groups.items() if ethnic_groups.is_minority(code))
        return {
            ROLL: float(self.roll),
            LOWER_SECONDARY: _share(self.lower_secondary, self.of_all_levels),
            MINORITY: _share(minority, self.roll),
            MAIN_GROUP: _share(self.groups[main_group], self.roll),
            SEMI_BOARDERS: _share(self.semi_boarders, self.roll),
            BOARDING_SCHOOLS: _share(self.in_boarding_schools, self.roll),
            SITES: self.sites / max(self.schools, 1),
            **{name: float(kind in designations) for name, kind in DESIGNATIONS.items()},
        }


def similar_communes(*, area: Area, month: Month, level: str, rules: RuleTable) -> Comparison:
    """A commune among the communes of its province most like it, on the map of the month.

    Args:
        area: a commune the caller has found inside the reader's places.
        level: an education level, or "" for all.
        rules: `core.rules.RuleTable` of the month.
    Queries: a fixed number, see tests/test_query_ceilings.py.
    """
    tree = map_for(area, month)
    commune_of = schools_in(tree.below(tree.ancestors(area.pk)[0].pk), on=tree.date)
    of_school = _facts(commune_of, month, level)
    facts: dict[int, _Facts] = defaultdict(_Facts)
    for school_id, commune_id in commune_of.items():
        facts[commune_id].add(of_school[school_id])
    names = {commune_id: tree[commune_id].title for commune_id in facts}
    names[area.pk] = area.title
    return _compare(
        area.pk,
        {key: facts[key] for key in names},
        names,
        commune_of={key: key for key in names},
        keys=_grouped(commune_of),
        tree=tree,
        month=month,
        level=level,
        rules=rules,
    )


def similar_schools(*, school: School, month: Month, level: str, rules: RuleTable) -> Comparison:
    """A school among the schools of its province most like it.

    Of one level those that teach it, of all levels those that teach the same ones. Arguments and
    queries as for `similar_communes`.
    """
    tree, chain = chain_of_school(school.pk, month)
    # One that lies nowhere on the map stands alone.
    commune_of = schools_in(tree.below(chain[-1]), on=tree.date) if chain else {}
    schools = {
        each.pk: each.name
        for each in schools_by_id([*commune_of])
        if (level in each.education_levels if level else each.levels == school.levels)
    } | {school.pk: school.name}
    return _compare(
        school.pk,
        _facts(schools, month, level),
        schools,
        commune_of=commune_of,
        keys={key: [key] for key in schools},
        tree=tree,
        month=month,
        level=level,
        rules=rules,
    )


def readable_schools(places: Places, rows: Iterable[Row]) -> set[int]:
    """Ids of those schools of some rows that lie inside the places; one query."""
    found = School.objects.within(places).filter(pk__in=[row.key for row in rows])
    return set(found.values_list("pk", flat=True))


def _compare(
    own: int,
    facts: Mapping[int, _Facts],
    names: Mapping[int, str],
    *,
    commune_of: Mapping[int, int],
    keys: Mapping[int, Sequence[int]],
    tree: AreaTree,
    month: Month,
    level: str,
    rules: RuleTable,
) -> Comparison:
    """Choose by the features and judge the rates; `keys` are the schools of each place."""
    judge = Judge(level, rules, TargetTable.on(month.last))
    counted = figures(
        months=[month],
        level=level,
        by="school",
        school_ids=[school for key in names for school in keys.get(key, ())],
    )

    def row(key: int) -> Row:
        chain = [above.pk for above in tree.ancestors(commune_of.get(key))][::-1]
        found = (counted.get((school, month)) for school in keys.get(key, ()))
        values = sum((each for each in found if each is not None), Figures())
        return Row(
            key=key,
            name=names[key],
            figures=values,
            before=Figures(),
            year=Figures(),
            target=judge.target("attendance", chain),
            judgement=judge(values, chain),
        )

    groups = facts[own].groups
    main = min(groups, key=lambda code: (-groups[code], code)) if groups else ""
    designations = _designations({commune_of[key] for key in names if key in commune_of}, tree.date)
    fewest = int(rules[thresholds.MIN_PUPILS, level])
    large = [key for key in names if key == own or facts[key].roll >= fewest]
    features = {
        key: facts[key].features(main, designations.get(commune_of.get(key, 0), ()))
        for key in large
    }
    compared = {key: {**values, ROLL: size(facts[key].roll)} for key, values in features.items()}
    weights = {name: float(rules[rule, level]) for name, rule in WEIGHTS.items()}
    wanted = int(rules[thresholds.SIMILAR_PLACES, level])
    peers: list[Row] = []
    passed_over = 0
    is_too_small = facts[own].roll < fewest
    # A place too small for a rank, or without pupils, is like none.
    for key in () if is_too_small else distances(own, compared, weights):
        if len(peers) == wanted:
            break
        found = row(key)
        if found.judgement not in RANKED or found.figures.pupils < fewest:
            passed_over += 1
        else:
            peers.append(found)
    spread = spreads(compared)
    mine = row(own)
    is_ranked = mine.judgement in RANKED and mine.figures.pupils >= fewest
    return Comparison(
        own=mine,
        peers=peers,
        wanted=wanted,
        is_too_small=is_too_small,
        passed_over=passed_over,
        too_small=sum(0 < facts[key].roll < fewest for key in names if key != own),
        features=[
            Feature(
                name,
                features[own][name],
                min(features[each.key][name] for each in peers),
                max(features[each.key][name] for each in peers),
                name in spread and weights[name] > 0,
                _few(name, features[own], int(rules[thresholds.WHY_PUPILS, level])),
            )
            for name in FEATURES
            if peers
        ],
        main_group=main,
        rank=1 + sum(each.rate.known > mine.rate.known for each in peers)
        if is_ranked and peers
        else None,
        median=median(each.rate.known for each in peers) if peers else None,
        beyond=_beyond(mine, peers) if is_ranked else 0,
    )


def _few(name: str, features: Mapping[str, float], fewest: int) -> int:
    """`fewest` where a share tells of fewer pupils, or of all but fewer; else 0."""
    part = round(features[name] * features[ROLL])
    smaller = min(part, round(features[ROLL]) - part)
    return fewest if name in OF_PUPILS and 0 < smaller < fewest else 0


def _beyond(own: Row, peers: Sequence[Row]) -> int:
    """Where the place lies to the limits of a funnel plot of it and its peers."""
    found = dispersion([(each.key, each.figures) for each in (own, *peers)])
    if found is None:
        return 0
    z = next(place.z for place in found.places if place.key == own.key)
    return (z > ALARM) - (z < -ALARM)


def _grouped(commune_of: Mapping[int, int]) -> dict[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for school_id, commune_id in commune_of.items():
        found[commune_id].append(school_id)
    return found


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _facts(school_ids: Iterable[int], month: Month, level: str) -> dict[int, _Facts]:
    """{school id: `_Facts`} at the end of a month, of a level or of all; five queries."""
    ids = list(school_ids)
    day, year = day_counted(today=month.last)
    found = {school_id: _Facts() for school_id in ids}
    rows = SchoolMonth.objects.filter(month=month.first, school_id__in=ids).order_by()
    for school_id, of_level, group, last, first in rows.values_list(
        "school_id", "level", "ethnic_group"
    ).annotate(Sum("roll_end"), Sum("roll_start")):
        # In the month in which a year ends nobody is on the roll on its last day.
        pupils = first if year is not None and day < month.last else last
        facts = found[school_id]
        facts.of_all_levels += pupils
        facts.lower_secondary += pupils if of_level == EducationLevel.LOWER_SECONDARY else 0
        if not level or of_level == level:
            facts.roll += pupils
            facts.groups[group] += pupils
    boarders = SemiBoarding.objects.on(day).order_by().values("pupil")
    spells = Enrolment.objects.on(day).filter(school_id__in=ids, pupil__in=boarders).order_by()
    for school_id, grade, pupils in spells.values_list("school_id", "grade").annotate(Count("pk")):
        if not level or Grade(grade).education_level == level:
            found[school_id].semi_boarders += pupils
    kinds = SchoolStatus.objects.on(day).filter(school_id__in=ids, kind__in=BOARDING)
    for school_id in kinds.values_list("school_id", flat=True):
        found[school_id].in_boarding_schools = found[school_id].roll
    classes = SchoolClass.objects.running_on(day).filter(school_id__in=ids, site__is_main=False)
    if level:
        classes = classes.filter(level=level)
    for school_id, sites in (
        classes.order_by().values_list("school_id").annotate(Count("site", distinct=True))
    ):
        found[school_id].sites = sites
    for facts in found.values():
        facts.schools = int(facts.roll > 0)
    return found


def _designations(commune_ids: Collection[int], day: datetime.date) -> dict[int, set[str]]:
    """{commune id: its statuses on a day}; one query."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for area_id, kind in (
        AreaDesignation.objects.on(day)
        .filter(area_id__in=commune_ids)
        .values_list("area_id", "kind")
    ):
        found[area_id].add(kind)
    return found
