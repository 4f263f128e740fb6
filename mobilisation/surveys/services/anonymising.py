"""Persons of surveys long past lose what tells who they are; every count stays what it was.

Law 91/2025/QH15: personal data is kept no longer than its purpose needs (docs/personal-data.md).
"""

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
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
from ...models import ChildCase, Household, Match, SurveyEntry, SurveyPerson

# Of one run of the timetable; the rest comes the next night.
MOST_AT_ONCE = 20_000
CHUNK = 1_000


def persons_due(year: int) -> QuerySet[SurveyPerson]:
    """Persons whose last round is older than the dated rule of a year lets names be kept."""
    kept = int(rules.value(SURVEY_YEARS, on=timezone.localdate()))
    entries = SurveyEntry.everyone.filter(person=OuterRef("pk"))
    recent = entries.filter(survey_round__year__gte=year - kept)
    return SurveyPerson.objects.filter(~Exists(recent), anonymised_at=None).order_by("pk")


def anonymise_by_clock() -> tuple[int, int]:
    """The nightly run, a dry one until the rule of the province lets it write.

    Returns (persons due, persons made anonymous).
    """
    today = timezone.localdate()
    due = list(persons_due(today.year).values_list("pk", flat=True)[:MOST_AT_ONCE])
    if not due or not rules.value(ANONYMISE_BY_CLOCK, on=today):
        return len(due), 0
    anonymise(due)
    return len(due), len(due)


@transaction.atomic
def anonymise(person_ids: list[int]) -> None:
    """Take away, for good, what tells who these persons are, and that of their households.

    Year of birth, sex, ethnic group and what was told of school stay: old rounds are counted
    from them. Matches go: they say who somebody is; so do texts of home visits.
    """
    with translation.override(settings.LANGUAGE_CODE):
        nobody = normalise(_("Made anonymous"))
    Match.objects.filter(person__in=person_ids).delete()
    SurveyPerson.objects.filter(pk__in=person_ids).update(
        full_name=nobody,
        name_key="",
        search_key="",
        birth_date=None,
        citizen_id="",
        anonymised_at=timezone.now(),
    )
    empty(ChildCase.objects.filter(person__in=person_ids))
    named = SurveyEntry.everyone.filter(household=OuterRef("pk"), person__anonymised_at=None)
    touched = SurveyEntry.everyone.filter(person__in=person_ids)
    touched.update(removal_note="")
    empty_homes = Household.objects.filter(~Exists(named), pk__in=touched.values("household"))
    _empty_events("mobilisation.household", list(empty_homes.values_list("pk", flat=True)))
    empty_homes.update(head_name="", address="", phone="")
    _empty_events("mobilisation.surveyperson", person_ids)
    record(events.ANONYMISED, by=None, changes={"count": (None, len(person_ids))})


def _empty_events(label: str, ids: list[int]) -> None:
    """Who decided what and when stays; what was written of whom goes."""
    for start in range(0, len(ids), CHUNK):
        keys = [str(each) for each in ids[start : start + CHUNK]]
        Event.objects.filter(object_type=label, object_id__in=keys).update(
            object_name="", changes={}, reason=""
        )
