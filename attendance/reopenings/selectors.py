"""Reading requests to open registers again."""

from django.db.models import Q

from core.permissions import Permission as P
from core.scope import Scope
from schools.models import Site

from ..calendar.selectors.closures import PlaceToClose, places_to_close
from ..models import Reopening
from ..models.reopenings import ReopeningQuerySet


def to_decide(scope: Scope) -> ReopeningQuerySet:
    """Requests that wait for this person, oldest first; one query.

    A head decides what a teacher asks; what a head asks is decided above the school.
    """
    return of_their_decision(scope).filter(decided_at=None).order_by("asked_at", "pk")


def of_their_decision(scope: Scope) -> ReopeningQuerySet:
    """Requests that this person decides or could have decided, whoever was first."""
    return _all().decided_by(scope).exclude(asked_by=scope.user)


def to_close(scope: Scope) -> ReopeningQuerySet:
    """What was opened and this person may end early, over or not; one query.

    Who may answer or open it may close it again; nobody what they asked somebody else for.
    """
    return (
        _all()
        .decided_by(scope)
        .filter(open_until__isnull=False)
        .filter(Q(decided_by=scope.user) | ~Q(asked_by=scope.user))
    )


def asked_or_answered(scope: Scope) -> ReopeningQuerySet:
    """Requests of this person, and those of the places they decide for, newest first."""
    return (
        _all().within(scope.places_to_read(P.REOPEN_REGISTERS)) | _all().filter(asked_by=scope.user)
    ).order_by("-asked_at", "-pk")


def places_to_open(scope: Scope) -> list[PlaceToClose]:
    """(key, place, label) of the areas and schools this person may open without being asked.

    Only offices above the school: who takes registers asks.
    """
    if not scope.areas_granted(P.REOPEN_REGISTERS):
        return []
    offered = places_to_close(scope, P.REOPEN_REGISTERS)
    return [each for each in offered if not isinstance(each[1], Site)]


def _all() -> ReopeningQuerySet:
    return Reopening.objects.select_related(
        "area", "school", "school_class", "asked_by", "decided_by", "closed_by"
    )
