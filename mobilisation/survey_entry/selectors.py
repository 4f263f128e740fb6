"""What is on record of a village, a household, a person of the latest round of a commune."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from core.scope import Places
from core.vietnamese import fold
from schools.models import Area

from ..models import ChildCase, Household, SurveyEntry, SurveyRound
from ..models.surveys import form_order, village_key
from ..survey_import.services.change_set import HOUSEHOLD, PERSON, TOLD
from ..survey_import.services.records import key_of
from ..surveys.selectors.rounds import rounds_of


@dataclass(frozen=True)
class HouseholdInRound:
    """A household with its people in a round, and how many of them were not asked yet."""

    household: Household
    people: int
    not_asked: int


def latest_round(commune: Area) -> SurveyRound | None:
    """The round that is entered and corrected: earlier ones stay as they were counted."""
    return next(iter(rounds_of(commune)), None)


def homes_of(survey_round: SurveyRound, village: str) -> list[HouseholdInRound]:
    """Every household of a village by form number, with who stands in it in the round. One query.

    Also those of whom nobody was carried on or everybody was removed: a form number that is taken
    can be looked at.
    """
    standing = Q(entries__survey_round=survey_round, entries__removed_at=None)
    households = Household.objects.filter(
        commune=survey_round.commune_id, village_key=village
    ).annotate(
        people=Count("entries", filter=standing),
        not_asked=Count("entries", filter=standing & Q(entries__is_carried=True)),
    )
    homes = [HouseholdInRound(each, each.people, each.not_asked) for each in households]
    return sorted(homes, key=lambda home: form_order(home.household.form_number))


def found_among(homes: list[HouseholdInRound], wanted: str) -> list[HouseholdInRound]:
    """Those with a part of the form number or of the name of the head, accents or not."""
    key = fold(wanted)
    return [
        home
        for home in homes
        if key in fold(home.household.form_number) or key in fold(home.household.head_name)
    ]


def household_in(places: Places, household_id: int) -> Household | None:
    """A household of a commune inside the places, or None."""
    households = Household.objects.select_related("commune")
    return households.filter(pk=household_id, commune__in=places.areas).first()


def household_of(commune: Area, village: str, form_number: str) -> Household | None:
    """The household of a form number in a village, or None."""
    wanted = (village_key(village), form_number.casefold())
    there = Household.objects.filter(commune=commune, village_key=wanted[0])
    return next((each for each in there.select_related("commune") if key_of(each) == wanted), None)


def people_of_village(survey_round: SurveyRound, village: str) -> dict[int, list[SurveyEntry]]:
    """Everybody of a village in a round by household, the oldest first. One query."""
    entries = SurveyEntry.objects.filter(
        survey_round=survey_round, household__village_key=village, person__anonymised_at=None
    ).select_related("person")
    found: dict[int, list[SurveyEntry]] = {}
    for entry in entries.order_by("person__birth_year", "person__birth_date", "person_id"):
        found.setdefault(entry.household_id, []).append(entry)
    return found


def people_of(survey_round: SurveyRound, household: Household) -> list[SurveyEntry]:
    """Everybody of a household in a round, the oldest first; removed ones at the end."""
    entries = SurveyEntry.everyone.filter(survey_round=survey_round, household=household)
    found = entries.select_related("person__match", "removed_by").order_by(
        "person__birth_year", "person__birth_date", "person_id"
    )
    return sorted(found, key=lambda entry: entry.removed_at is not None)


def entry_in(places: Places, person_id: int) -> SurveyEntry | None:
    """What was told of a person in the latest round of a commune inside the places, or None.

    One that was removed is found too.
    """
    entry = _entries().filter(
        person=person_id, survey_round__commune__in=places.areas, person__anonymised_at=None
    )
    found = entry.order_by("-survey_round__year").first()
    if found is None or latest_round(found.survey_round.commune) != found.survey_round:
        return None
    return found


def followed_alone(entry: SurveyEntry) -> ChildCase | None:
    """The open case of somebody whom only the survey knows; that of a pupil goes on without it."""
    cases = ChildCase.objects.open().filter(person=entry.person_id, pupil=None)
    return cases.select_related("owner").first()


def _entries() -> QuerySet[SurveyEntry]:
    return SurveyEntry.everyone.select_related(
        "person__match", "household", "survey_round__commune"
    )


def seen_of(entry: SurveyEntry) -> str:
    """What tells whether an entry is still as somebody saw it."""
    person = [getattr(entry.person, name) for name in PERSON]
    told = [getattr(entry, name) for name in TOLD]
    return _short([*person, *told, entry.household_id, entry.is_carried])


def seen_of_household(household: Household) -> str:
    """What tells whether a household is still as somebody saw it."""
    return _short([household.form_number, *(getattr(household, name) for name in HOUSEHOLD)])


def _short(values: list[Any]) -> str:
    return hashlib.sha256(json.dumps(values, default=str).encode()).hexdigest()[:16]
