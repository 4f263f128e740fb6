"""Reading requests to open registers again."""

from django.db.models import Q

from core.permissions import Permission as P
from schools.models import School, SchoolClass, Site

from ..models import Reopening
from .closures import places_to_close


def to_decide(scope):
    """Requests that wait for this person, oldest first; one query.

    A head decides what a teacher asks; what a head asks is decided above the school.
    """
    return (
        _decided_by(scope)
        .filter(decided_at=None)
        .exclude(asked_by=scope.user)
        .order_by("asked_at", "pk")
    )


def to_close(scope):
    """What was opened and this person may end early, over or not; one query.

    Who may answer or open it may close it again; nobody what they asked somebody else for.
    """
    return (
        _decided_by(scope)
        .filter(open_until__isnull=False)
        .filter(Q(decided_by=scope.user) | ~Q(asked_by=scope.user))
    )


def asked_or_answered(scope):
    """Requests of this person, and those of the places they decide for, newest first."""
    return (
        _in(scope.places_to_read(P.REOPEN_REGISTERS)) | _all().filter(asked_by=scope.user)
    ).order_by("-asked_at", "-pk")


def places_to_open(scope):
    """(key, place, label) of the areas and schools this person may open without being asked.

    Only offices above the school: who takes registers asks.
    """
    if not scope.areas_granted(P.REOPEN_REGISTERS):
        return []
    offered = places_to_close(scope, P.REOPEN_REGISTERS)
    return [each for each in offered if not isinstance(each[1], Site)]


def _all():
    return Reopening.objects.select_related(
        "area", "school", "school_class", "asked_by", "decided_by", "closed_by"
    )


def _decided_by(scope):
    """Requests and openings of the places this person decides for, less those decided above."""
    own_schools = School.objects.within(scope.places(P.MANAGE_SCHOOL)).values("pk")
    return _in(scope.places(P.REOPEN_REGISTERS)).exclude(by_office=True, school__in=own_schools)


def _in(places):
    return _all().filter(
        Q(area__in=places.areas)
        | Q(school__in=School.objects.within(places).values("pk"))
        | Q(school_class__in=SchoolClass.objects.within(places).values("pk"))
    )
