"""One object inside the reader's places: found, refused, or absent; what a service asks."""

from collections.abc import Callable
from typing import TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404

from .events import present_actor, present_request
from .permissions import Permission
from .scope import Places, Scope, scopes
from .types import ScopedRequest, User

Found = TypeVar("Found")


def reach(
    scope: Scope,
    permission: Permission,
    find: Callable[[Places], Found | None],
    *,
    reading: bool = False,
) -> Found:
    """The object that `find(places)` returns where `permission` is held.

    With `reading` the places hold what has ended too (`Scope.places_to_read`).

    Outside every place of the reader it does not exist (Http404), so that nobody learns what
    there is elsewhere. Inside a place of the reader, but without this permission there, the
    answer is PermissionDenied.
    """
    places_of = scope.places_to_read if reading else scope.places
    places = places_of(permission)
    found = find(places)
    if found is not None:
        return found
    others = {places_of(other) for other in scope.permissions} - {places}
    if any(find(places) is not None for places in others):
        raise PermissionDenied
    raise Http404


def scope_today(by: User) -> Scope:
    """What a person may do today: what the request knows already when it is theirs."""
    if by == present_actor():
        return cast("ScopedRequest", present_request()).scope
    (scope_of,) = scopes
    return scope_of(by)


def check_area(permission: Permission, area_id: int, *, by: User, named: bool = False) -> None:
    """Refuse what no table of transitions guards to who does not hold a permission in an area.

    With `named` the area must be that of a grant, not one below it. Services ask it, so that no
    page, call or command can forget to. Raises PermissionDenied.
    """
    scope = scope_today(by)
    held = scope.areas_granted(permission) if named else scope.places(permission).areas
    if area_id not in held:
        raise PermissionDenied
