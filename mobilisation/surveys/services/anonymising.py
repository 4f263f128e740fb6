"""Persons of surveys long past lose what tells who they are; every count stays what it was.

Law 91/2025/QH15: personal data is kept no longer than its purpose needs (docs/personal-data.md).
"""

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core import rules
from core.events import record
from core.models import Event
from core.vietnamese import normalise
from schools.apps import ANONYMISE_BY_CLOCK

from ... import events
from ...apps import SURVEY_YEARS
from ...cases.pupil_records import empty
from ...models import (
    ChildCase,
    Household,
    Match,
    Proposal,
    RejectedPair,
    SurveyEntry,
    SurveyPerson,
)

# Of one run of the timetable; the rest comes the next night.
MOST_AT_ONCE = 20_000
CHUNK = 1_000


def persons_due(year: int) -> QuerySet[SurveyPerson]:
    """Persons whose last round is older than the dated rule of a year lets names be kept."""
    kept = int(rules.value(SURVEY_YEARS, on=timezone.localdate()))
    entries = SurveyEntry.everyone.filter(person=OuterRef("pk"))
    recent = entries.filter(survey_round__year__gte=year - kept)
    return SurveyPerson.objects.filter(~Exists(recent), anonymised_at=None).order_by("pk")


def households_due(year: int) -> QuerySet[Household]:
    """Households in which nobody stands in a round of these years, and that nobody wrote since.

    Those in which nobody was ever entered too, and those whose people all live elsewhere now.
    """
    first = year - int(rules.value(SURVEY_YEARS, on=timezone.localdate()))
    entries = SurveyEntry.everyone.filter(household=OuterRef("pk"), survey_round__year__gte=first)
    return (
        Household.objects.filter(~Exists(entries), told_in__lt=first)
        .exclude(head_name="", address="", phone="")
        .order_by("pk")
    )


def anonymise_by_clock() -> tuple[int, int]:
    """The nightly run, a dry one until the rule of the province lets it write.

    Returns (persons and households due, those made anonymous).
    """
    today = timezone.localdate()
    persons = list(persons_due(today.year).values_list("pk", flat=True)[:MOST_AT_ONCE])
    homes = list(households_due(today.year).values_list("pk", flat=True)[:MOST_AT_ONCE])
    due = len(persons) + len(homes)
    if not due or not rules.value(ANONYMISE_BY_CLOCK, on=today):
        return due, 0
    anonymise(persons, homes)
    return due, due


@transaction.atomic
def anonymise(person_ids: list[int], household_ids: Sequence[int] = ()) -> None:
    """Take away, for good, what tells who these persons are, and whose these households were.

    Year of birth, sex, ethnic group and what was told of school stay: old rounds are counted
    from them. Matches go: they say who somebody is; so do texts of home visits.
    """
    with translation.override(settings.LANGUAGE_CODE):
        nobody = normalise(_("Made anonymous"))
    matches = Match.objects.filter(person__in=person_ids)
    # Those of before were no part of the person's story.
    _empty_events("mobilisation.match", list(matches.values_list("pk", flat=True)))
    matches.delete()
    Proposal.objects.filter(person__in=person_ids).delete()
    RejectedPair.objects.filter(person__in=person_ids).delete()
    SurveyPerson.objects.filter(pk__in=person_ids).update(
        full_name=nobody,
        name_key="",
        search_key="",
        birth_date=None,
        citizen_id="",
        anonymised_at=timezone.now(),
    )
    empty(ChildCase.objects.filter(person__in=person_ids))
    SurveyEntry.everyone.filter(person__in=person_ids).update(removal_note="")
    _empty_events("mobilisation.surveyperson", person_ids)
    Household.objects.filter(pk__in=household_ids).update(head_name="", address="", phone="")
    _empty_events("mobilisation.household", household_ids)
    counts = {"count": (None, len(person_ids)), "households": (None, len(household_ids))}
    record(events.ANONYMISED, by=None, changes=counts)


def _empty_events(label: str, ids: Sequence[int]) -> None:
    """Who decided what and when stays; what was written of whom goes."""
    for start in range(0, len(ids), CHUNK):
        keys = [str(each) for each in ids[start : start + CHUNK]]
        about = Q(object_type=label, object_id__in=keys)
        # What was matched with somebody and is no more.
        stories = Q(
            part_of__in=[f"{label}:{key}" for key in keys], object_type="mobilisation.match"
        )
        Event.objects.filter(about | stories).update(object_name="", changes={}, reason="")
