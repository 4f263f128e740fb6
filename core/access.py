"""One object inside the reader's places: found, refused, or absent."""

from collections.abc import Callable
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.http import Http404

from .permissions import Permission
from .scope import Places, Scope

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
