"""Where a person may see or keep staff, and one school or class inside it."""

from collections.abc import Iterable

from core.access import reach
from core.permissions import Permission as P
from core.scope import Places, Scope
from schools.directory.selectors.classes import class_in
from schools.directory.selectors.schools import school_in
from schools.models import School, SchoolClass


def staff_places(scope: Scope, permission: P) -> Places:
    """Where the permission is held; everywhere by a role held for the whole installation.

    A system administrator keeps staff of every school, and sees no pupil by it.
    """
    for grant, permissions in scope.grants:
        is_for_all = not (grant.area_id or grant.school_id or grant.class_id)
        if is_for_all and permission in permissions:
            communes = frozenset(area.pk for area in scope.tree.communes())
            return Places(scope.date, areas=communes)
    return scope.places(permission)


def reach_school(scope: Scope, permission: P, school_id: int) -> School:
    """The school where the permission is held; Http404 or PermissionDenied as `core.access`."""
    found: School | None = school_in(staff_places(scope, permission), school_id)
    if found is not None:
        return found
    return reach(scope, permission, lambda places: school_in(places, school_id))


def schools_reached(places: Places, school_ids: Iterable[int]) -> set[int]:
    """Ids of those of some schools that lie inside the places; one query."""
    inside = School.objects.within(places).filter(pk__in=set(school_ids))
    return set(inside.values_list("pk", flat=True))


def reach_class(scope: Scope, permission: P, class_id: int) -> SchoolClass:
    """The class, with school, site and year; refused as `reach_school` does."""
    found: SchoolClass | None = class_in(staff_places(scope, permission), class_id)
    if found is not None:
        return found
    return reach(scope, permission, lambda places: class_in(places, class_id))


def may_keep(scope: Scope, school: School) -> bool:
    """Whether the staff of a school are kept by this person. One query or two."""
    return school_in(staff_places(scope, P.MANAGE_STAFF), school.pk) is not None
