"""Rounds of the survey and what the next one is carried on from."""

import datetime

from django.db.models import QuerySet

from core.scope import Places
from schools.areas.selectors.history import AreaHistory
from schools.enums import AreaLevel
from schools.models import Area

from ...enums import GONE
from ...models import SurveyEntry, SurveyRound


def commune_in(places: Places, area_id: int) -> Area | None:
    """A commune inside the places, or None."""
    if area_id not in places.areas:
        return None
    return Area.objects.filter(pk=area_id, level=AreaLevel.COMMUNE).first()


def rounds_of(commune: Area) -> list[SurveyRound]:
    """Rounds of a commune, the latest first."""
    return list(SurveyRound.objects.filter(commune=commune).order_by("-year"))


def round_of(commune: Area, year: int) -> SurveyRound | None:
    """The round of a commune and year."""
    return SurveyRound.objects.filter(commune=commune, year=year).first()


def village_names(commune: Area) -> dict[str, str]:
    """{key: name} of every village that has a household, by the alphabet of the names."""
    named = commune.households.order_by("village_sort").values_list("village_key", "village")
    return dict(named.distinct())


def rounds_before(commune: Area, year: int) -> list[SurveyRound]:
    """The latest earlier round of a commune and of each unit that went into it."""
    on = datetime.date(year, 12, 31)
    areas = AreaHistory(max(on, commune.valid_from)).before({commune.pk}) | {commune.pk}
    found: dict[int, SurveyRound] = {}
    earlier = SurveyRound.objects.filter(commune__in=areas, year__lt=year)
    for each in earlier.order_by("year"):
        found[each.commune_id] = each
    if commune.pk in found:
        # What went into it was carried on with its own first round.
        return [found[commune.pk]]
    return sorted(found.values(), key=lambda each: each.commune_id)


def entries_to_start_from(commune: Area, year: int) -> QuerySet[SurveyEntry]:
    """What is on record of the people of a commune when a year is surveyed: its round if there
    is one, else who still lived here in the round before."""
    own = round_of(commune, year)
    entries = SurveyEntry.objects.select_related("person", "household")
    if own is not None:
        return entries.filter(survey_round=own)
    before = [each.pk for each in rounds_before(commune, year)]
    return entries.filter(survey_round__in=before, person__anonymised_at=None).exclude(
        presence__in=GONE
    )
