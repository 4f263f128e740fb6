"""Counting children for the mobilisation rates, by commune, on one day of a month.

Counted anew whenever it is asked, from the survey, the confirmed matches and the rolls, so that
a match confirmed or a pupil moved today is in the figures today (decision 65).
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple, dataclass, field
from typing import Any

from django.db.models import Count, F, FilteredRelation, Q, QuerySet
from django.db.models.functions import ExtractYear

from core import rules
from core.months import Month
from core.validity import valid_on
from schools.areas.selectors.history import AreaHistory
from schools.areas.selectors.tree import schools_in
from schools.enums import Grade
from schools.models import Area, Enrolment, SchoolYear

from ..enums import GONE
from ..models import SurveyEntry, SurveyRound
from .variants import VARIANTS, Variant

SPELL = "person__match__pupil__spells"


@dataclass(frozen=True)
class Counts:
    """Whole numbers of children that add up over communes.

    Attributes:
        to_educate: PPC, below the line: told of, able to learn, neither moved away nor deceased.
        on_roll: of these, above the line by a confirmed match with a pupil on a roll anywhere in
            the province, or finished.
        told: of these, above the line by what the family told.
        told_found: of `told`, those who are matched with a pupil at all, on a roll or not.
        at_schools_here: children of the ages on the rolls of the schools of the commune, wherever
            they live; may exceed `to_educate`.
    """

    to_educate: int = 0
    on_roll: int = 0
    told: int = 0
    told_found: int = 0
    at_schools_here: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*map(sum, zip(astuple(self), astuple(other), strict=True)))

    @property
    def missing(self) -> int:
        """Children below the line who are not above it."""
        return self.to_educate - self.on_roll


@dataclass(frozen=True)
class Counted:
    """The counts of some communes on a day: {commune id: {code of the variant: `Counts`}}.

    Attributes:
        day: last day of the month up to today on which a school year runs.
        year: the year in which that school year began; age is this year − year of birth.
        survey_years: {commune id: years of the rounds counted}; no key without a survey.
    """

    day: datetime.date
    year: int
    by_commune: Mapping[int, Mapping[str, Counts]]
    survey_years: Mapping[int, list[int]] = field(default_factory=dict)

    def total(self, code: str, communes: Iterable[int]) -> Counts:
        """The sum over some communes; communes without a survey give nothing to either side."""
        return sum(
            (self.by_commune[pk][code] for pk in communes if pk in self.survey_years), Counts()
        )


def day_of(month: Month, *, today: datetime.date) -> tuple[datetime.date, int] | None:
    """(day, year) of `Counted` for a month; None when no school year runs in it. One query."""
    last = min(month.last, today)
    years = SchoolYear.objects.during(month.first, month.end).filter(valid_from__lte=last)
    found = years.order_by("-valid_from").first()
    return None if found is None else (min(last, found.last_day), found.valid_from.year)


def count(
    communes: Collection[Area],
    *,
    day: datetime.date,
    year: int,
    map_date: datetime.date | None = None,
) -> Counted:
    """Counts of every variant for communes of the map of `map_date`, which is `day` by default;
    a fixed number of queries.

    The survey of a commune is its latest round up to `year`; one that has none yet takes the
    latest round of each unit that went into it.
    """
    ids = {each.pk for each in communes}
    rounds = rounds_counted(ids, year, AreaHistory(map_date or day))
    limits = _limits(day)
    found = {pk: dict.fromkeys(VARIANTS, Counts()) for pk in ids}
    for row in _children(rounds, day, year, limits):
        commune = rounds[row["survey_round"]][0]
        _add(found[commune], _of_survey(row, year, limits))
    places = schools_in(ids, on=map_date or day) if ids else {}
    for row in _pupils(places, day):
        _add(found[places[row["school"]]], _of_roll(row, year, limits))
    survey_years: defaultdict[int, set[int]] = defaultdict(set)
    for commune, round_year in rounds.values():
        survey_years[commune].add(round_year)
    return Counted(day, year, found, {pk: sorted(each) for pk, each in survey_years.items()})


def count_schools(
    schools: Collection[int], *, day: datetime.date, year: int
) -> dict[int, dict[str, int]]:
    """{school id: {code of the variant: pupils of its ages and grades on the rolls of a day}},
    wherever they live. Two queries."""
    limits = _limits(day)
    found = {pk: dict.fromkeys(VARIANTS, 0) for pk in schools}
    for row in _pupils(schools, day):
        for code, counts in _of_roll(row, year, limits):
            found[row["school"]][code] += counts.at_schools_here
    return found


def missing_of(
    commune: Area, variant: Variant, *, day: datetime.date, year: int
) -> QuerySet[SurveyEntry]:
    """Children of a commune who stand below the line of a variant and not above it, by name."""
    rounds = rounds_counted({commune.pk}, year, AreaHistory(day))
    limits = _limits(day)
    first, last = variant.grades
    above = Q(spell__grade__gte=first, spell__grade__lte=last) | Q(
        finished_level__in=variant.finished
    )
    if variant.ages is None:
        below = _just_finished_primary(year)
    else:
        youngest, oldest = (limits[key] for key in variant.ages)
        below = Q(person__birth_year__range=(year - oldest, year - youngest))
    entries = to_educate_in(rounds, day).filter(below)
    return (
        entries.exclude(pk__in=entries.filter(above).values("pk"))
        .select_related("person", "household")
        .order_by("household__village_sort", "person__name_key", "person_id")
    )


def rounds_counted(
    communes: Collection[int], year: int, history: AreaHistory
) -> dict[int, tuple[int, int]]:
    """{round id: (commune on the map, year of the round)}. One query."""
    went_into = {pk: history.before({pk}) for pk in communes}
    asked = SurveyRound.objects.filter(commune__in=set().union(*went_into.values()), year__lte=year)
    latest = {each.commune_id: each for each in asked.order_by("year")}
    found: dict[int, tuple[int, int]] = {}
    for pk in sorted(communes):
        own = [latest[pk]] if pk in latest else [latest[o] for o in went_into[pk] & set(latest)]
        # A unit divided among several is counted with the first of them, once.
        found |= {each.pk: (pk, each.year) for each in own if each.pk not in found}
    return found


def _limits(day: datetime.date) -> dict[str, int]:
    keys = {key for variant in VARIANTS.values() for key in variant.ages or ()}
    table = rules.table(on=day)
    return {key: int(table[key, ""]) for key in keys}


def _just_finished_primary(year: int) -> Q:
    return Q(finished_level="TH", finished_year=year) | Q(
        completed_grade=Grade.G5, completed_year=year
    )


def to_educate_in(rounds: Collection[int], day: datetime.date) -> QuerySet[SurveyEntry]:
    """PPC of some rounds: of those who live there, the ones able to learn."""
    return living_in(rounds, day).filter(can_learn=True)


def living_in(rounds: Collection[int], day: datetime.date) -> QuerySet[SurveyEntry]:
    """Who lives there by some rounds; `spell` is that of the matched pupil on the day, of which
    there is one at most since the spells of a pupil do not overlap."""
    return (
        SurveyEntry.objects.filter(survey_round__in=list(rounds))
        .exclude(presence__in=GONE)
        .annotate(spell=FilteredRelation(SPELL, condition=valid_on(day, f"{SPELL}__")))
    )


def _children(
    rounds: Collection[int], day: datetime.date, year: int, limits: Mapping[str, int]
) -> Iterable[Mapping[str, Any]]:
    if not rounds:
        return []
    ages = Q(person__birth_year__range=(year - max(limits.values()), year - min(limits.values())))
    return (
        to_educate_in(rounds, day)
        .filter(ages | _just_finished_primary(year))
        .order_by()
        .values(
            *("survey_round", "person__birth_year", "grade", "finished_level", "finished_year"),
            *("completed_grade", "completed_year"),
            spell_grade=F("spell__grade"),
        )
        .annotate(children=Count("pk"), matched=Count("person__match"))
    )


def _pupils(schools: Collection[int], day: datetime.date) -> Iterable[Mapping[str, Any]]:
    if not schools:
        return []
    return (
        Enrolment.objects.filter(valid_on(day), school__in=list(schools))
        .order_by()
        .values("school", "grade", born=ExtractYear("pupil__birth_date"))
        .annotate(children=Count("pk"))
    )


def _of_survey(
    row: Mapping[str, Any], year: int, limits: Mapping[str, int]
) -> Iterable[tuple[str, Counts]]:
    children, age = row["children"], year - row["person__birth_year"]
    just_finished = (row["finished_level"] == "TH" and row["finished_year"] == year) or (
        row["completed_grade"] == Grade.G5 and row["completed_year"] == year
    )
    for code, variant in VARIANTS.items():
        if not variant.asks_for(age, just_finished, limits):
            continue
        told = variant.is_met_by(row["grade"], row["finished_level"])
        yield (
            code,
            Counts(
                to_educate=children,
                on_roll=children * variant.is_met_by(row["spell_grade"], row["finished_level"]),
                told=children * told,
                told_found=row["matched"] * told,
            ),
        )


def _of_roll(
    row: Mapping[str, Any], year: int, limits: Mapping[str, int]
) -> Iterable[tuple[str, Counts]]:
    for code, variant in VARIANTS.items():
        of_cohort = row["grade"] == Grade.G6
        if variant.asks_for(year - row["born"], of_cohort, limits) and variant.is_met_by(
            row["grade"]
        ):
            yield code, Counts(at_schools_here=row["children"])


def _add(found: dict[str, Counts], more: Iterable[tuple[str, Counts]]) -> None:
    for code, counts in more:
        found[code] = found[code] + counts
