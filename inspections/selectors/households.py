"""Households of the commune's survey, in numbers, and what a visit found of them.

No name: committee members have no right to those of a survey (docs/personal-data.md). Village and
form number are enough to stand before the right house and ask.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from django.db.models import Count, F, Q, QuerySet

from mobilisation.enums import GONE
from mobilisation.models import Household, SurveyEntry, SurveyRound
from mobilisation.models.surveys import form_order
from mobilisation.surveys.selectors.children import OLDEST_CHILD

from ..models import HouseholdCheck, Visit


@dataclass(frozen=True)
class Village:
    """A village of a survey and how many of its households a visit has checked."""

    key: str
    name: str
    households: int


@dataclass(frozen=True)
class Surveyed:
    """A household as its form tells of it: people there, children up to 18, those at school."""

    household: Household
    people: int
    children: int
    at_school: int


class Checked(TypedDict):
    """How many households a visit has checked, and how many of them differ from the survey."""

    all: int
    differing: int


def survey_of(visit: Visit) -> SurveyRound | None:
    """The latest survey of the visit's commune, or None; one query."""
    return SurveyRound.objects.filter(commune_id=visit.commune_id).order_by("-year").first()


def villages_of(survey: SurveyRound) -> list[Village]:
    """Villages of a survey by name; one query."""
    rows = (
        _entries(survey)
        .values(
            key=F("household__village_key"),
            name=F("household__village"),
            sort=F("household__village_sort"),
        )
        .annotate(households=Count("household", distinct=True))
        .order_by("sort", "key")
    )
    # One village may be written in two ways; its key is one.
    found: dict[str, Village] = {}
    for row in rows:
        before = found.get(row["key"])
        count = row["households"] + (before.households if before else 0)
        name = before.name if before else row["name"]
        found[row["key"]] = Village(row["key"], name, count)
    return list(found.values())


def households_in(survey: SurveyRound, village: str) -> list[Surveyed]:
    """Households of a village of a survey, by key, in the order of their forms; two queries."""
    rows = _surveyed(survey, _entries(survey).filter(household__village_key=village))
    return sorted(rows, key=lambda row: (form_order(row.household.form_number), row.household.pk))


def households_of(survey: SurveyRound) -> list[Surveyed]:
    """Households of a survey by village, in the order of their forms; two queries."""

    def place(row: Surveyed) -> tuple[str, str, tuple[int, str], int]:
        household = row.household
        number = form_order(household.form_number)
        return household.village_sort, household.village_key, number, household.pk

    return sorted(_surveyed(survey, _entries(survey)), key=place)


def _surveyed(survey: SurveyRound, entries: QuerySet[SurveyEntry]) -> list[Surveyed]:
    first_year = survey.year - OLDEST_CHILD
    is_child = Q(person__birth_year__gte=first_year)
    counts = {
        row["household"]: row
        for row in entries.values("household").annotate(
            people=Count("pk"),
            children=Count("pk", filter=is_child),
            at_school=Count("pk", filter=is_child & Q(grade__isnull=False)),
        )
    }
    households = Household.objects.filter(pk__in=entries.values("household"))
    return [
        Surveyed(each, *(counts[each.pk][name] for name in ("people", "children", "at_school")))
        for each in households.defer("head_name", "address", "phone")
    ]


def checks_of(visit: Visit) -> QuerySet[HouseholdCheck]:
    """Households checked in a visit, by village and form; one query."""
    return visit.household_checks.select_related("checked_by")


def count_checked(checks: Sequence[HouseholdCheck]) -> Checked:
    """How many of them there are, and how many differ."""
    differing = sum(each.result == HouseholdCheck.Result.DIFFERS for each in checks)
    return {"all": len(checks), "differing": differing}


def _entries(survey: SurveyRound) -> QuerySet[SurveyEntry]:
    entries = SurveyEntry.objects.filter(survey_round=survey, household__commune=survey.commune_id)
    return entries.exclude(presence__in=GONE).order_by()
