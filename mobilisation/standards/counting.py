"""Counting, for the standards, who stands below and above the line of a measure.

Of each person it is said whether they are above the line for **certain**: a confirmed match is on a
roll, or the survey says what they finished. Whom only the family's word puts there (attends a
school, matched with no pupil), or who was not asked this year, is **possible**: the real
number lies between the certain ones and both together, and a verdict needs both ends.
"""

import datetime
from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, When

from core.levels import EducationLevel
from schools.areas.selectors.history import AreaHistory
from schools.enums import ExitReason, Grade
from schools.models import AreaDesignation, Enrolment

from ..models import ChildCase, LiteracyTotal, SurveyEntry
from ..rates.selectors import rounds_counted, to_educate_in
from .rule_sets import Kind, Measure

LAST_GRADE = {
    EducationLevel.PRESCHOOL: Grade.AGE_5,
    EducationLevel.PRIMARY: Grade.G5,
    EducationLevel.LOWER_SECONDARY: Grade.G9,
    EducationLevel.UPPER_SECONDARY: Grade.G12,
}
# Grade whose completion makes somebody literate at level 1 and 2 (decree 20/2014/NĐ-CP).
LITERATE_AFTER = {1: Grade.G3, 2: Grade.G5}


@dataclass(frozen=True)
class Tally:
    """People of a commune. `possible` are not certain; `ages` of the band somebody has. If those
    whose case is open came to class, `back` were certain and `back_possible` possible."""

    total: int = 0
    certain: int = 0
    possible: int = 0
    ages: int = 0
    back: int = 0
    back_possible: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*map(sum, zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True)
class Facts:
    """What is known of some communes on a day of a year.

    Attributes:
        surveyed: {commune id: years of the survey counted}; no key without a survey.
        tallies: {commune id: {measure: Tally}}, of the survey.
        totals: {(commune id, first age, last age): row} entered by the communes for the year.
        difficult: communes designated as especially difficult on the day.
        designated: whether any commune of the country is on record as such on the day.
        not_asked: {commune id: people of the survey who were not asked this year}.
    """

    day: datetime.date
    year: int
    surveyed: Mapping[int, list[int]]
    tallies: Mapping[int, Mapping[Measure, Tally]]
    totals: Mapping[tuple[int, int, int], LiteracyTotal]
    difficult: frozenset[int]
    designated: bool
    not_asked: Mapping[int, int]


def gather(
    communes: Collection[int], measures: Iterable[Measure], *, day: datetime.date, year: int
) -> Facts:
    """Facts of communes of the map of a day; a fixed number of queries.

    The survey of a commune is its latest round up to the year, as for the rates.
    """
    rounds = rounds_counted(communes, year, AreaHistory(day))
    measures = list(dict.fromkeys(measures))
    tallies: dict[int, dict[Measure, Tally]] = {
        pk: dict.fromkeys(measures, Tally()) for pk in communes
    }
    not_asked = dict.fromkeys(communes, 0)
    for row in _rows(rounds, measures, day, year):
        commune = rounds[row["survey_round"]][0]
        not_asked[commune] += row["not_asked"]
        found = tallies[commune]
        for number, measure in enumerate(measures):
            total, certain, either, ages = (
                row[f"m{number}_{part}"] for part in ("total", "certain", "either", "ages")
            )
            back = row.get(f"m{number}_back", certain)
            back_possible = row.get(f"m{number}_back_either", either) - back
            found[measure] += Tally(total, certain, either - certain, ages, back, back_possible)
    surveyed: dict[int, list[int]] = {}
    for commune, round_year in rounds.values():
        surveyed[commune] = sorted({*surveyed.get(commune, ()), round_year})
    totals = LiteracyTotal.objects.filter(commune__in=list(communes), year=year)
    designated = frozenset(
        AreaDesignation.objects.on(day)
        .filter(kind=AreaDesignation.Kind.ESPECIALLY_DIFFICULT)
        .values_list("area", flat=True)
    )
    return Facts(
        day=day,
        year=year,
        surveyed=surveyed,
        tallies=tallies,
        totals={(each.commune_id, each.first_age, each.last_age): each for each in totals},
        difficult=designated & frozenset(communes),
        designated=bool(designated),
        not_asked=not_asked,
    )


def missing_of(
    commune: int, measure: Measure, *, day: datetime.date, year: int
) -> QuerySet[SurveyEntry]:
    """People of a commune below the line of a measure and not certainly above it, by village
    and name; `is_possible` tells who is above it by the family's word."""
    rounds = rounds_counted({commune}, year, AreaHistory(day))
    below, certain, possible = conditions(measure, day, year)
    entries = entries_of(rounds, day).filter(below)
    return (
        entries.exclude(pk__in=entries.filter(certain).values("pk"))
        .annotate(is_possible=Case(When(possible, then=True), default=False))
        .select_related("person", "household")
        .order_by("household__village_sort", "person__name_key", "person_id")
    )


def entries_of(rounds: Collection[int], day: datetime.date) -> QuerySet[SurveyEntry]:
    """PPC of some rounds, with `spell` and `spell_grade` of the matched pupil on the day."""
    return to_educate_in(rounds, day).annotate(spell_grade=F("spell__grade"))


def _rows(
    rounds: Collection[int], measures: Collection[Measure], day: datetime.date, year: int
) -> Iterable[Mapping[str, Any]]:
    if not rounds or not measures:
        return []
    counts: dict[str, Count] = {}
    for number, measure in enumerate(measures):
        below, certain, possible = conditions(measure, day, year)
        counts |= {
            f"m{number}_total": Count("pk", filter=below),
            f"m{number}_certain": Count("pk", filter=below & certain),
            f"m{number}_either": Count("pk", filter=below & (certain | possible)),
            f"m{number}_ages": Count("person__birth_year", filter=below, distinct=True),
        }
        if measure.kind == Kind.ENROLLED:
            back = certain | followed()
            counts |= {
                f"m{number}_back": Count("pk", filter=below & back),
                f"m{number}_back_either": Count("pk", filter=below & (back | possible)),
            }
    counts["not_asked"] = Count("pk", filter=Q(is_carried=True))
    return entries_of(rounds, day).order_by().values("survey_round").annotate(**counts)


def conditions(measure: Measure, day: datetime.date, year: int) -> tuple[Q, Q, Q]:
    """(below the line, certainly above it, above it by the family's word).

    None of them is ever negated: an empty column is neither true nor false in SQL.
    """
    youngest, oldest = measure.ages
    below = Q(person__birth_year__range=(year - oldest, year - youngest))
    if measure.not_finished is not None:
        below &= _not_finished(measure.not_finished)
    if measure.kind == Kind.ENROLLED:
        certain, possible = _enrolled(measure, day)
    elif measure.kind == Kind.FINISHED:
        certain, possible = _finished(measure.grade, day)
    else:
        certain, possible = _literate(measure.level, day)
    return below, certain, possible | Q(is_carried=True)


def followed() -> Q:
    """Entries of people with an open case, of the survey or of the pupil they are."""
    cases = ChildCase.objects.open()
    return Q(person__in=cases.exclude(person=None).values("person")) | Q(
        person__match__pupil__in=cases.exclude(pupil=None).values("pupil")
    )


def _enrolled(measure: Measure, day: datetime.date) -> tuple[Q, Q]:
    first, last = measure.grades
    certain = Q(spell_grade__range=(first, last))
    possible = Q(grade__range=(first, last))
    if measure.or_finished is not None:
        done, perhaps = _finished(measure.or_finished, day)
        certain, possible = certain | done, possible | perhaps
    if measure.unseen_after is not None:
        done, perhaps = _finished(measure.unseen_after, day)
        possible = possible | done | perhaps
    return certain, possible


def _finished(grade: int, day: datetime.date) -> tuple[Q, Q]:
    """Who has completed a grade: told so, or seen in a later one; of preschool, where a child
    goes on by age, only who was on the roll of the age until the year ended."""
    told = Q(completed_grade__gte=grade) | Q(finished_level__in=_levels_from(grade))
    in_later = Q(spell_grade__gt=grade)
    told_later = Q(grade__gt=grade)
    if grade > 0:
        return told | in_later, told_later
    stayed = Exists(
        Enrolment.objects.filter(
            pupil=OuterRef("person__match__pupil"),
            grade=grade,
            exit_reason=ExitReason.COMPLETED,
            valid_to__lte=day,
        )
    )
    return told | (in_later & Q(stayed)), in_later | told_later | Q(stayed)


def _not_finished(grade: int) -> Q:
    earlier = ["", *(level for level, last in LAST_GRADE.items() if last < grade)]
    return (
        (Q(completed_grade=None) | Q(completed_grade__lt=grade))
        & Q(finished_level__in=earlier)
        & (Q(spell_grade=None) | Q(spell_grade__lte=grade))
    )


def _literate(level: int, day: datetime.date) -> tuple[Q, Q]:
    """Literate: the grade, or the course for adults. A course told as 1 or 2 may be a class or
    a stage of two (chương trình xoá mù chữ giai đoạn 1, 2), so it is possible only."""
    kept = Q(illiterate_again=None) | Q(illiterate_again__gt=level)
    grade = LITERATE_AFTER[level]
    done, perhaps = _finished(grade, day)
    course = Q(literacy_done__gte=int(grade))
    stage = Q(literacy_done__gte=level)
    return kept & (done | course), kept & (perhaps | stage)


def _levels_from(grade: int) -> list[str]:
    return [level for level, last in LAST_GRADE.items() if last >= grade]
