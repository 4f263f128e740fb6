"""Campaigns inside a reader's places, and their sums."""

import datetime

from django.db.models import Count, QuerySet, Sum

from core.scope import Places
from schools.enums import AreaLevel
from schools.models import Area

from ..models import Campaign


def campaigns_in(places: Places) -> QuerySet[Campaign]:
    """Campaigns of the communes inside the places, the latest first."""
    return Campaign.objects.within(places).select_related("commune", "recorded_by")


def campaign_in(places: Places, campaign_id: int) -> Campaign | None:
    """One campaign inside the places, or None."""
    return campaigns_in(places).filter(pk=campaign_id).first()


def sums_of(campaigns: QuerySet[Campaign], *, since: datetime.date) -> dict[str, int]:
    """`count`, `households` and `children` of the campaigns since a day. One query."""
    found = (
        campaigns.filter(held_on__gte=since)
        .order_by()
        .aggregate(count=Count("pk"), households=Sum("households"), children=Sum("children_back"))
    )
    return {name: number or 0 for name, number in found.items()}


def communes_to_note(places: Places, date: datetime.date) -> QuerySet[Area]:
    """Communes of today of which a campaign may be noted, by name."""
    return (
        Area.objects.on(date)
        .filter(pk__in=places.areas, level=AreaLevel.COMMUNE)
        .order_by("name_key")
    )
