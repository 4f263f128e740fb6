"""One object inside the reader's places: found, refused, or absent."""

from django.core.exceptions import PermissionDenied
from django.http import Http404


def reach(scope, permission, find):
    """The object that `find(places)` returns where `permission` is held.

    Outside every place of the reader it does not exist (Http404), so that nobody learns what
    there is elsewhere. Inside a place of the reader, but without this permission there, the
    answer is PermissionDenied.
    """
    found = find(scope.places(permission))
    if found is not None:
        return found
    others = {scope.places(other) for other in scope.permissions} - {scope.places(permission)}
    if any(find(places) is not None for places in others):
        raise PermissionDenied
    raise Http404
