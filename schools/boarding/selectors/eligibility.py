"""How schools stand to the rules for semi-boarding schools: on a day, over the years, next year.

Counted anew from the rolls and the times as semi-boarders whenever it is asked; nothing is stored.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from core.levels import EducationLevel

from ... import ethnic_groups
from ...areas.selectors.tree import AreaTree, schools_in
from ...enums import Grade, SchoolKind
from ...models import Area, Enrolment, School, SchoolStatus, SchoolYear, SemiBoarding
from ..judging import COVERED, LOWER, NOBODY, PRIMARY, ByLevel, Counts, Judgement, Verdict, judge
from ..rule_sets import RuleSet, in_force

GRADES: Mapping[EducationLevel, range] = {PRIMARY: range(1, 6), LOWER: range(6, 10)}
# {grade: counts} of a school.
ByGrade = Mapping[int, Counts]
YEARS_BACK = 5
# Types that the rules do not ask about: a school of another kind altogether.
NEVER = {SchoolKind.BOARDING, SchoolKind.CONTINUING}


class Group(StrEnum):
    """What an office looks at first."""

    READY = "ready"
    LOSING = "losing"
    COMING = "coming"
    CONVERTED = "converted"
    OTHER = "other"


ORDER = list(Group)


@dataclass(frozen=True)
class Standing:
    """A school on a day and, as far as the rolls tell, next year.

    Attributes:
        kind: its type on the day, empty when none is on record.
        next_year: by the same pupils a grade further; None when the rules of then are not known.
        has_last_year: whether the school kept rolls the year before, by which arrivals are known.
    """

    school: School
    commune_id: int | None
    kind: str
    counts: ByLevel
    judgement: Judgement
    next_counts: ByLevel
    next_year: Judgement
    has_last_year: bool

    @property
    def whole(self) -> Counts:
        """All pupils of primary and lower secondary school."""
        return sum(self.counts.values(), NOBODY)

    @property
    def next_whole(self) -> Counts:
        """The same next year."""
        return sum(self.next_counts.values(), NOBODY)

    @property
    def is_converted(self) -> bool:
        """Whether it is a semi-boarding school on the day."""
        return self.kind == SchoolKind.SEMI_BOARDING

    @property
    def group(self) -> Group:
        """Where it stands in the list."""
        meets = self.judgement.verdict == Verdict.MET
        if self.is_converted:
            losing = self.judgement.verdict == Verdict.NOT_MET
            return Group.LOSING if losing else Group.CONVERTED
        if meets:
            return Group.READY
        return Group.COMING if self.next_year.verdict == Verdict.MET else Group.OTHER


@dataclass(frozen=True)
class YearStanding:
    """A school on the same day of an earlier school year, by the rules of then."""

    year: SchoolYear
    day: datetime.date
    rules: RuleSet | None
    counts: ByLevel
    judgement: Judgement
    kind: str

    @property
    def whole(self) -> Counts:
        """All pupils of primary and lower secondary school."""
        return sum(self.counts.values(), NOBODY)


def is_covered(school: School) -> bool:
    """Whether the rules speak of a school: primary, lower secondary, or both."""
    levels = school.education_levels
    return EducationLevel.UPPER_SECONDARY not in levels and bool(set(levels) & set(COVERED))


def day_counted(*, today: datetime.date) -> tuple[datetime.date, SchoolYear | None]:
    """(day of the rolls, its school year): today, or in the summer the last day of the year."""
    year = SchoolYear.objects.filter(valid_from__lte=today).order_by("-valid_from").first()
    return (today, None) if year is None else (min(today, year.last_day), year)


def standings_in(area: Area, *, today: datetime.date) -> list[Standing]:
    """Every school of an area of which the rules speak, what an office looks at first in front.

    An area that ended is read on its last day. A fixed number of queries.
    """
    day, year = day_counted(today=today)
    if area.valid_to is not None and area.valid_to <= day:
        day = area.valid_to - datetime.timedelta(days=1)
    tree = AreaTree.on(day)
    areas = {area.pk, *tree.below(area.pk)}
    communes = schools_in(areas, on=day)
    schools = School.objects.on(day).filter(pk__in=communes).order_by("name_key", "pk")
    found = standings([each for each in schools if is_covered(each)], communes, day, year)
    return sorted(found, key=lambda each: (ORDER.index(each.group), each.judgement.lacking))


def standing_of(school: School, commune_id: int | None, *, today: datetime.date) -> Standing | None:
    """One school; None when the rules do not speak of it."""
    day, year = day_counted(today=today)
    if not is_covered(school):
        return None
    communes = {} if commune_id is None else {school.pk: commune_id}
    return next(iter(standings([school], communes, day, year)), None)


def standings(
    schools: Sequence[School],
    communes: Mapping[int, int],
    day: datetime.date,
    year: SchoolYear | None,
) -> list[Standing]:
    """`Standing`s of some schools on a day of a year; boarding schools are left out."""
    ids = [each.pk for each in schools]
    kinds = dict(
        SchoolStatus.objects.on(day).filter(school__in=ids).values_list("school_id", "kind")
    )
    rolls = rolls_on(ids, day)
    came, known = arrivals(ids, day, year)
    rules, later = in_force(day), in_force(same_day(day, 1))
    found = []
    for school in schools:
        if kinds.get(school.pk) in NEVER:
            continue
        levels = school.education_levels
        own = rolls.get(school.pk, {})
        counts = by_level(levels, own)
        following = by_level(levels, next_year(levels, own, came.get(school.pk, {})))
        found.append(
            Standing(
                school=school,
                commune_id=communes.get(school.pk),
                kind=kinds.get(school.pk, ""),
                counts=counts,
                judgement=judge(levels, counts, rules),
                next_counts=following,
                next_year=judge(levels, following, later),
                has_last_year=school.pk in known,
            )
        )
    return found


def trend_of(school: School, *, today: datetime.date) -> list[YearStanding]:
    """A school on the same day of earlier school years, the latest first.

    By the levels it teaches today; a query for each year.
    """
    day, running = day_counted(today=today)
    if running is None:
        return []
    years = list(
        SchoolYear.objects.filter(
            valid_from__lt=running.valid_from, valid_to__gt=school.valid_from
        ).order_by("-valid_from")[:YEARS_BACK]
    )
    statuses = list(SchoolStatus.objects.filter(school=school))
    found = []
    for year in years:
        back = running.valid_from.year - year.valid_from.year
        then = min(max(same_day(day, -back), year.valid_from), year.last_day)
        rules = in_force(then)
        levels = school.education_levels
        counts = by_level(levels, rolls_on([school.pk], then).get(school.pk, {}))
        kind = next((each.kind for each in statuses if each.is_valid_on(then)), "")
        found.append(YearStanding(year, then, rules, counts, judge(levels, counts, rules), kind))
    return found


def rolls_on(school_ids: Collection[int], day: datetime.date) -> dict[int, dict[int, Counts]]:
    """{school id: {grade: Counts}} of grades 1 to 9 on a day; one query."""
    return _counted(_spells_on(school_ids, day), day)


def arrivals(
    school_ids: Collection[int], day: datetime.date, year: SchoolYear | None
) -> tuple[dict[int, dict[int, Counts]], set[int]]:
    """Who of the rolls of a day was on no roll of the school (grades 1–9) the year before.

    Returns ({school id: {grade: Counts}}, ids of schools that kept rolls the year before); of the
    others it cannot be said, and their lowest grade alone stands for those who come. Three queries.
    """
    before = None if year is None else _year_before(year)
    if before is None:
        return _lowest(rolls_on(school_ids, day)), set()
    last = Enrolment.objects.during(before.valid_from, before.valid_to).filter(
        school_id__in=list(school_ids), grade__range=(Grade.G1, Grade.G9)
    )
    known = set(last.order_by().values_list("school_id", flat=True).distinct())
    there = last.filter(school=OuterRef("school"), pupil=OuterRef("pupil"))
    came = _counted(_spells_on(known, day).filter(~Exists(there)), day)
    unknown = set(school_ids) - known
    if unknown:
        came |= _lowest(rolls_on(unknown, day))
    return came, known


def next_year(levels: Iterable[EducationLevel], now: ByGrade, came: ByGrade) -> dict[int, Counts]:
    """The rolls of a school next year: everybody a grade further, and as many arrivals as now.

    Nobody is kept back, drops out or leaves; whoever comes is as those who came this year, in
    ethnic group and as semi-boarders; who has finished the last grade of the school goes.
    """
    grades = [grade for level in COVERED if level in levels for grade in GRADES[level]]
    return {
        grade: (now.get(grade - 1, NOBODY) if grade - 1 in grades else NOBODY)
        + came.get(grade, NOBODY)
        for grade in grades
    }


def by_level(levels: Iterable[EducationLevel], grades: ByGrade) -> dict[EducationLevel, Counts]:
    """Counts of grades summed over the levels that a school teaches."""
    return {
        level: sum((grades.get(grade, NOBODY) for grade in GRADES[level]), NOBODY)
        for level in COVERED
        if level in levels
    }


def same_day(day: datetime.date, years: int) -> datetime.date:
    """The day so many years later; 28 February for a 29th there is not."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def count_groups(found: Iterable[Standing]) -> Counter[Group]:
    """How many schools stand in each group."""
    return Counter(each.group for each in found)


def _year_before(year: SchoolYear) -> SchoolYear | None:
    return SchoolYear.objects.filter(valid_from__lt=year.valid_from).order_by("-valid_from").first()


def _spells_on(school_ids: Collection[int], day: datetime.date) -> QuerySet[Enrolment]:
    return Enrolment.objects.on(day).filter(
        school_id__in=list(school_ids), grade__range=(Grade.G1, Grade.G9)
    )


def _counted(spells: QuerySet[Enrolment], day: datetime.date) -> dict[int, dict[int, Counts]]:
    boarders = SemiBoarding.objects.on(day).order_by().values("pupil")
    rows = (
        spells.order_by()
        .values_list("school_id", "grade")
        .annotate(
            pupils=Count("pk"),
            of_minorities=Count("pk", filter=~Q(ethnic_group__in=ethnic_groups.NOT_MINORITY)),
            boarders=Count("pk", filter=Q(pupil__in=boarders)),
        )
    )
    found: defaultdict[int, dict[int, Counts]] = defaultdict(dict)
    for school_id, grade, pupils, minority, semi_boarders in rows:
        found[school_id][grade] = Counts(pupils, minority, semi_boarders)
    return dict(found)


def _lowest(rolls: Mapping[int, ByGrade]) -> dict[int, dict[int, Counts]]:
    return {pk: {min(own): own[min(own)]} for pk, own in rolls.items()}
