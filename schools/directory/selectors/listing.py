"""Lists for other systems: stable in their order, one query each besides the count."""

import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from core.scope import Places

from ...enums import AreaLevel
from ...models import Area, Placement, School, SchoolClass


def areas_on(date: datetime.date) -> QuerySet[Area]:
    """Provinces, districts, clusters and communes of a day, with what they lie in."""
    return (
        Area.objects.on(date)
        .filter(level__lte=AreaLevel.COMMUNE)
        .select_related("parent")
        .order_by("level", "name_key", "pk")
    )


def schools_on(places: Places, date: datetime.date) -> QuerySet[School]:
    """Schools open on a day inside `places`; `commune_code` is where they lie."""
    placed = Placement.objects.on(date).filter(school=OuterRef("pk")).values("commune__code")
    return (
        School.objects.within(places)
        .on(date)
        .annotate(commune_code=Subquery(placed[:1]))
        .order_by("name_key", "pk")
    )


def classes_on(
    places: Places, date: datetime.date, *, school_id: int | None = None
) -> QuerySet[SchoolClass]:
    """Classes of the school year of a day inside `places`."""
    classes = SchoolClass.objects.within(places).running_on(date).select_related("year", "site")
    if school_id is not None:
        classes = classes.filter(school_id=school_id)
    return classes.order_by("school__name_key", "school_id", "name_key", "pk")
