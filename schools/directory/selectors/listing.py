"""Lists for other systems: stable in their order, one query each besides the count."""

import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from core.changes import by_history, latest
from core.scope import Places

from ...enums import AreaLevel
from ...models import Area, Enrolment, Placement, Pupil, School, SchoolClass


def areas_on(date: datetime.date) -> QuerySet[Area]:
    """Provinces, districts, clusters and communes of a day, with what they lie in."""
    return (
        Area.objects.on(date)
        .filter(level__lte=AreaLevel.COMMUNE)
        .select_related("parent")
        .order_by("level", "name_key", "pk")
    )


def schools_on(places: Places, date: datetime.date) -> QuerySet[School]:
    """Schools open on a day inside `places`; `commune_code` is where they lie, `updated_at` when
    the school itself was changed last."""
    placed = Placement.objects.on(date).filter(school=OuterRef("pk")).values("commune__code")
    return (
        School.objects.within(places)
        .on(date)
        .annotate(commune_code=Subquery(placed[:1]), updated_at=latest(by_history(School)))
        .order_by("name_key", "pk")
    )


def classes_on(
    places: Places, date: datetime.date, *, school_id: int | None = None
) -> QuerySet[SchoolClass]:
    """Classes of the school year of a day inside `places`, with their `updated_at`."""
    classes = (
        SchoolClass.objects.within(places)
        .running_on(date)
        .select_related("school", "year", "site")
        .annotate(updated_at=latest(by_history(SchoolClass)))
    )
    if school_id is not None:
        classes = classes.filter(school_id=school_id)
    return classes.order_by("school__name_key", "school_id", "name_key", "pk")


def enrolments_on(
    places: Places,
    date: datetime.date,
    *,
    school_id: int | None = None,
    class_id: int | None = None,
) -> QuerySet[Enrolment]:
    """Spells in classes of the school year of a day inside `places`, ended ones too.

    Each with its pupil and its `updated_at`: when the spell or who the pupil is was changed last.
    """
    spells = Enrolment.objects.within(places).filter(
        school_class__year__valid_from__lte=date, school_class__year__valid_to__gt=date
    )
    if school_id is not None:
        spells = spells.filter(school_id=school_id)
    if class_id is not None:
        spells = spells.filter(school_class_id=class_id)
    moments = (by_history(Enrolment), by_history(Pupil, "pupil_id"), "pupil__anonymised_at")
    return (
        spells.select_related("pupil", "school", "school_class__year")
        .annotate(updated_at=latest(*moments))
        .order_by("school_id", "school_class_id", "pupil__name_key", "pk")
    )
