"""Who did what (`core.events`), for those who may read it."""

import datetime

from django.db.models import Q, QuerySet

from core.models import Event
from core.permissions import Permission as P
from core.scope import Places, Scope

from ..models import School
from ..personal_data.selectors import DAY, midnight

# About one child: read only where the child's name may be read as well.
ABOUT_A_CHILD = (
    "schools.pupil",
    "schools.enrolment",
    "schools.pupilmerge",
    "schools.differentpupils",
    "attendance.plannedleave",
)
# About somebody of a household survey: read only where the survey is kept.
OF_THE_SURVEY = ("mobilisation.surveyperson", "mobilisation.household", "mobilisation.match")


def events_for(
    scope: Scope,
    *,
    kind: str = "",
    who: str = "",
    first: datetime.date | None = None,
    last: datetime.date | None = None,
    part_of: str = "",
) -> QuerySet[Event]:
    """Events that a person may read, newest first, as a queryset.

    The administrator reads all. Others read those of their areas and of the schools inside
    them; of a child only where they read its name.

    Args:
        kind: code of a kind. who: part of a name. first, last: days, both included.
        part_of: `core.events.reference` of a row, when only its story is asked for.
    """
    events = Event.objects.filter(_readable(scope))
    if kind:
        events = events.filter(kind=kind)
    if who:
        events = events.filter(actor_name__icontains=who)
    if first:
        events = events.filter(at__gte=midnight(first))
    if last:
        events = events.filter(at__lt=midnight(last + DAY))
    if part_of:
        events = events.filter(part_of=part_of)
    return events.order_by("-at", "-pk")


def _readable(scope: Scope) -> Q:
    if scope.may(P.VIEW_OPERATIONS):
        return Q()
    places = scope.places(P.VIEW_EVENTS)
    readable = _within(places)
    named = scope.places(P.VIEW_PUPILS)
    kept = scope.places(P.MANAGE_SURVEY)
    return (
        readable
        & (~Q(object_type__in=ABOUT_A_CHILD) | _within(named))
        & (~Q(object_type__in=OF_THE_SURVEY) | Q(area_id__in=kept.areas))
    )


def _within(places: Places) -> Q:
    if not places:
        return Q(pk__in=[])
    schools = School.objects.within(places).values("pk")
    return Q(area_id__in=places.areas) | Q(school_id__in=schools)
