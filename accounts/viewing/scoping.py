"""Who may look at a class as its teacher does, and what is open to them then."""

from core.permissions import Permission as P
from core.scope import Grant, Scope
from schools.directory.selectors.classes import class_in, lies_in
from schools.models import SchoolClass

from ..roles import ROLES, TEACHER, VIEWING

# Both must be held for the class: whoever sees no names sees none this way either.
NEEDED = (P.VIEW_PUPILS, P.VIEW_REGISTER)


def class_to_view(scope: Scope, class_id: int) -> SchoolClass | None:
    """The class, when the reader may look at it as its teacher; else None.

    Never for who is granted nothing but classes: a teacher sees the own pages anyway.
    """
    places = [scope.places(permission) for permission in NEEDED]
    if any(each.only_classes for each in places):
        return None
    found = class_in(places[0], class_id)
    return found if found is not None and lies_in(places[1], found) else None


def narrowed(scope: Scope, class_id: int) -> Scope:
    """The scope while a class is looked at: what its teacher and the reader both may, there alone.

    Worked out anew for every request, so that it ends with the reader's own right. Without that
    nothing is open.
    """
    found = class_to_view(scope, class_id)
    both: frozenset[P] = frozenset()
    if found is not None:
        both = frozenset(
            permission
            for permission in ROLES[TEACHER].permissions
            if lies_in(scope.places(permission), found)
        )
    return Scope(
        scope.date, [(Grant(VIEWING, class_id=class_id), both)], scope.user, scope.describe
    )
