"""From a user's grants to a `Scope`: the only place where the two meet."""

import datetime
from collections.abc import Collection, Iterator
from operator import itemgetter
from typing import Any

from django.db.models import Q, Value
from django.utils import timezone

from core.permission_holders import Holder
from core.permissions import Permission
from core.scope import FIRST, Grant, Scope, grant_sources
from core.types import AnyUser
from core.validity import valid_on
from schools.models import Area, School, SchoolClass

from .models import EmergencyAccess, RoleGrant, User
from .roles import EMERGENCY, ROLES
from .staff.rights import grant_rows


def scope_for(user: AnyUser | None, *, on: datetime.date | None = None) -> Scope:
    """The scope of a user on a day (today by default).

    Grants count while they are valid; a grant for an area also needs that version of the
    area to be valid, so that it ends with the area and is never inherited by itself. A class
    assigned to a person counts as the role of its teacher (`staff.rights`). One query, those of
    `core.scope.grant_sources` included, and one more for a system administrator; the area tree is
    loaded when it is first needed.
    """
    on = on or timezone.localdate()
    if user is None or not user.is_authenticated or not user.is_active:
        return Scope(on, [], None)
    grants = _grants([user.pk], on).get(user.pk, [])
    if any(grant.role == "system_admin" for grant in grants):
        # First, so that every page says in its head in whose place they are.
        grants[:0] = [
            Grant(EMERGENCY, school_id=school_id)
            for school_id in EmergencyAccess.objects.open_now()
            .filter(user=user)
            .values_list("school_id", flat=True)
        ]
    return _scope(on, grants, user)


def scopes_of(
    user_ids: Collection[int] | None = None, *, on: datetime.date | None = None
) -> dict[int, Scope]:
    """{id of a user: scope on a day} of those with an open account who hold a role.

    Args:
        user_ids: only these people; None = everybody.
    As `scope_for`, but without emergency access, which is no role. Two queries, whatever the number
    of people; the scopes share one map of the day.
    """
    on = on or timezone.localdate()
    grants = _grants(user_ids, on)
    users = User.objects.filter(is_active=True)
    if user_ids is not None:
        users = users.filter(pk__in=user_ids)
    held = {user.pk: _scope(on, grants[user.pk], user) for user in users if user.pk in grants}
    whole_map = Scope(on)
    for scope in held.values():
        scope.share_map(whole_map)
    return {user_id: scope for user_id, scope in held.items() if scope.grants}


def _grants(user_ids: Collection[int] | None, on: datetime.date) -> dict[int, list[Grant]]:
    """{id of a user: their grants}, the oldest first, those of other sources last; one query."""
    rows = RoleGrant.objects.on(on).filter(Q(area=None) | valid_on(on, "area__"))
    if user_ids is not None:
        rows = rows.filter(user__in=user_ids)
    given = rows.order_by().values_list(
        Value(FIRST),
        "valid_from",
        "pk",
        "role",
        "area_id",
        "school_id",
        "school_class_id",
        "user_id",
    )
    others = [source(user_ids, on) for source in grant_sources]
    found: dict[int, dict[Grant, None]] = {}
    for *_when, role, area_id, school_id, class_id, user_id in sorted(
        given.union(grant_rows(user_ids, on), *others, all=True), key=itemgetter(slice(3))
    ):
        # A class that is held by a role and an assignment is held once.
        found.setdefault(user_id, {})[Grant(role, area_id, school_id, class_id)] = None
    return {user_id: list(grants) for user_id, grants in found.items()}


def _scope(on: datetime.date, grants: Collection[Grant], user: User) -> Scope:
    return Scope(
        on,
        [(grant, ROLES[grant.role].permissions) for grant in grants if grant.role in ROLES],
        user,
        describe=headline,
    )


def holders(
    permission: Permission,
    *,
    on: datetime.date,
    class_ids: Collection[int] | None = None,
    school_ids: Collection[int] | None = None,
    area_ids: Collection[int] = (),
) -> Iterator[Holder]:
    """Who holds a permission for a class, school or area (`core.permission_holders`); one query."""
    wanted = Q(area__in=list(area_ids))
    for name, ids in (("school_class", class_ids), ("school", school_ids)):
        wanted |= Q(**{f"{name}__isnull": False} if ids is None else {f"{name}__in": list(ids)})
    grants = (
        RoleGrant.objects.on(on)
        .filter(
            wanted,
            role__in=[role.code for role in ROLES.values() if permission in role.permissions],
            user__is_active=True,
        )
        .select_related("user")
        .order_by("valid_from", "pk")
    )
    for grant in grants:
        user = grant.user
        yield Holder(
            user_id=user.pk,
            name=str(user),
            email=user.email if user.wants_reminders else "",
            phone=user.phone,
            class_id=grant.school_class_id,
            school_id=grant.school_id,
            area_id=grant.area_id,
        )


def headline(scope: Scope) -> str:
    """Role and place of the first grant; further places are only counted. One query."""
    if not scope.grants:
        return ""
    grant = scope.grants[0][0]
    place = ""
    if grant.area_id:
        place = Area.objects.get(pk=grant.area_id).title
    if grant.school_id:
        place = School.objects.get(pk=grant.school_id).name
    if grant.class_id:
        found = SchoolClass.objects.select_related("school").get(pk=grant.class_id)
        place = f"{found.name}, {found.school.name}"
    same = sum(other.role == grant.role for other, _permissions in scope.grants)
    words = [str(ROLES[grant.role].name)]
    if place:
        words.append(place if same == 1 else f"{place} +{same - 1}")
    return " · ".join(words)


def named_grants(grants: Collection[Grant]) -> list[dict[str, Any]]:
    """Grants with the official codes of their places; a query for each kind of place."""
    areas = Area.objects.in_bulk({each.area_id for each in grants if each.area_id})
    schools = School.objects.in_bulk({each.school_id for each in grants if each.school_id})
    classes = SchoolClass.objects.select_related("school", "year").in_bulk(
        {each.class_id for each in grants if each.class_id}
    )
    named = []
    for each in grants:
        area, of_class = areas.get(each.area_id), classes.get(each.class_id)
        school = of_class.school if of_class else schools.get(each.school_id)
        named.append(
            {
                "role": each.role,
                "area_id": each.area_id,
                "area_code": area.code if area else None,
                "school_id": each.school_id,
                "school_code": school.code if school else None,
                "class_id": each.class_id,
                "class_name": of_class.name if of_class else None,
                "year": of_class.year.code if of_class else None,
            }
        )
    return named
