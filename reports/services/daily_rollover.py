"""The turn of the day: what was counted until yesterday is not counted until today."""

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from core.months import Month
from schools.models import Enrolment, SchoolClass

from ..models import ClassCoverage
from .facts import mark_stale


@transaction.atomic
def open_new_day() -> int:
    """Mark class-months that were last counted before today; returns how many.

    Of the running month those counted before today; of the month before those last counted
    while it ran, so that each month is closed once; of both those never counted. Only
    classes with pupils whose school year has a day in the month. Running it again marks nothing new
    once the rebuild has been done.
    """
    today = timezone.localdate()
    current = Month.of(today)
    marked = 0
    for month in (current.plus(-1), current):
        counted = ClassCoverage.objects.filter(
            month=month.first, counted_to__gte=min(today, month.end)
        ).values("school_class_id")
        behind = list(
            SchoolClass.objects.filter(
                Exists(
                    Enrolment.objects.during(month.first, month.end).filter(
                        school_class=OuterRef("pk")
                    )
                ),
                year__valid_from__lt=month.end,
                year__valid_to__gt=month.first,
            )
            .exclude(pk__in=counted)
            .values_list("pk", flat=True)
        )
        if behind:
            mark_stale(behind, [month])
        marked += len(behind)
    return marked
