"""Reading flags inside the reader's places."""

import datetime
from collections.abc import Collection

from django.db.models import Count

from core.months import Month
from core.scope import Places
from mobilisation.rates.variants import VARIANTS
from schools.enums import AreaLevel
from schools.models import Area

from ..indicators import JUDGED, place_of
from ..models import Flag, Target
from ..models.facts import ClassCoverage

NO_AREA, NOT_COUNTED, NO_TARGET, NONE_LOW = "no_area", "not_counted", "no_target", "none_low"

# The order in which a reader should meet them.
SEVERITY = [
    Flag.Rule.PERSISTENT,
    Flag.Rule.CERTAINLY_LOW,
    Flag.Rule.FALLING,
    Flag.Rule.WATCH,
    Flag.Rule.CANNOT_BE_JUDGED,
]


def flags_in(places: Places, *, month: Month, level: str = "", indicator: str = "") -> list[Flag]:
    """Flags of a month inside the places, gravest first, lower secondary first; one query.

    Of every indicator, or of one: who shows no name of it asks for one.
    """
    flags = (
        Flag.objects.filter(month=month.first, commune_id__in=places.areas)
        .exclude(state=Flag.State.WITHDRAWN)
        .select_related("commune")
    )
    if level:
        flags = flags.filter(level=level)
    if indicator:
        flags = flags.filter(indicator=indicator)
    return sorted(
        flags,
        key=lambda flag: (
            SEVERITY.index(Flag.Rule(flag.rule)),
            flag.level != "THCS",
            flag.commune.name_key,
            place_of(flag.indicator),
        ),
    )


def mobilisation_low(communes: Collection[int], *, month: Month) -> int:
    """How many of some communes have a flag of a month that says a mobilisation rate is under
    its target; one query."""
    return (
        Flag.objects.filter(month=month.first, commune__in=communes, indicator__in=list(VARIANTS))
        .exclude(state=Flag.State.WITHDRAWN)
        .exclude(rule=Flag.Rule.CANNOT_BE_JUDGED)
        .aggregate(communes=Count("commune", distinct=True))["communes"]
    )


def count_raised(start: datetime.datetime, end: datetime.datetime) -> dict[int, int]:
    """Commune id -> flags raised in [start, end) that are still met; one query."""
    return dict(
        Flag.objects.filter(raised_at__gte=start, raised_at__lt=end)
        .exclude(state=Flag.State.WITHDRAWN)
        .order_by()
        .values_list("commune")
        .annotate(count=Count("pk"))
    )


def why_no_flags(places: Places, *, month: Month, level: str = "") -> str:
    """Why `flags_in` is empty: NO_AREA, NOT_COUNTED, NO_TARGET or NONE_LOW; three queries.

    The communes asked about are those that lay inside the places on a day of the month.
    """
    communes = list(
        Area.objects.during(month.first, month.end)
        .filter(level=AreaLevel.COMMUNE, pk__in=places.areas)
        .values_list("pk", flat=True)
    )
    if not communes:
        return NO_AREA
    of_level = {"level": level} if level else {}
    if not ClassCoverage.objects.filter(
        month=month.first, commune_id__in=communes, **of_level
    ).exists():
        return NOT_COUNTED
    levels = {"level__in": ["", level]} if level else {}
    targets = Target.objects.during(month.first, month.end)
    return NONE_LOW if targets.filter(indicator=JUDGED, **levels).exists() else NO_TARGET


def latest_flag_month(places: Places) -> datetime.date | None:
    """The newest month with flags inside the places, as a date, or None; one query."""
    return (
        Flag.objects.filter(commune_id__in=places.areas)
        .exclude(state=Flag.State.WITHDRAWN)
        .order_by("-month")
        .values_list("month", flat=True)
        .first()
    )
