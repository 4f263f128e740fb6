"""Opening a round of the survey, carried on from the one before."""

from collections.abc import Collection, Iterator

from django.db import transaction
from django.db.models import QuerySet

from core.events import record
from core.services.saving import save_checked
from core.types import User
from schools.models import Area

from ... import events
from ...enums import Presence
from ...models import Household, SurveyEntry, SurveyRound
from ..selectors.rounds import entries_to_start_from, round_of

CHUNK = 2_000


def hold(commune_id: int) -> None:
    """Until the transaction ends nobody else writes to the survey of a commune or to its matches.

    Whoever opens a round, imports, enters, removes, searches the rolls or decides of a match comes
    through here first and reads only then: two at once would write what neither has seen.
    """
    Area.objects.select_for_update(no_key=True).get(pk=commune_id)


@transaction.atomic
def open_round(
    *, commune: Area, year: int, by: User | None, besides: Collection[int] = ()
) -> SurveyRound:
    """The round of a commune and year; a new one has everybody who still lived here last time.

    People taken over count as not asked yet this year. `besides`: ids of persons whose entry
    the caller writes. Raises ValidationError for a place or a year that has no survey.
    """
    hold(commune.pk)
    found = round_of(commune, year)
    if found is not None:
        return found
    before = entries_to_start_from(commune, year)
    bring_home(before, commune)
    opened = save_checked(SurveyRound(commune=commune, year=year, opened_by=by), by=by)
    carried = 0
    for some in _chunks(before, set(besides)):
        for entry in some:
            entry.pk, entry._state.adding = None, True
            entry.survey_round, entry.is_carried = opened, True
            # Who moved here last year lives here now.
            entry.presence = Presence.LIVES
        SurveyEntry.objects.bulk_create(some)
        carried += len(some)
    record(
        events.ROUND_OPENED,
        by=by,
        about=opened,
        area=commune.pk,
        changes={"carried": (None, carried)},
    )
    return opened


def bring_home(entries: QuerySet[SurveyEntry], commune: Area) -> None:
    """Households of units that went into a commune become the commune's.

    A form number that two of them have in villages of one name keeps apart by the name of the
    unit it came from: "Bản Mới (Nậm Cha)".
    """
    abroad = Household.objects.exclude(commune=commune).select_related("commune")
    coming = list(abroad.filter(pk__in=entries.values("household_id")))
    if not coming:
        return
    taken = set(Household.objects.filter(commune=commune).values_list("village_key", "form_number"))
    for household in coming:
        if (household.village_key, household.form_number) in taken:
            household.village = f"{household.village} ({household.commune.name})"[:100]
            household.set_keys()
        taken.add((household.village_key, household.form_number))
        household.commune = commune
    names = ["commune", "village", "village_key", "village_sort"]
    Household.objects.bulk_update(coming, names, batch_size=500)


def _chunks(entries: QuerySet[SurveyEntry], besides: set[int]) -> Iterator[list[SurveyEntry]]:
    waiting: list[SurveyEntry] = []
    for entry in list(entries.order_by("pk")):
        if entry.person_id in besides:
            continue
        waiting.append(entry)
        if len(waiting) == CHUNK:
            yield waiting
            waiting = []
    if waiting:
        yield waiting
