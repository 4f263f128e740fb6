"""Roles that go along with a unit when a decree ends it and somebody chose so.

Registered with `schools.reorganisations.followers`.
"""

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from core.events import record
from core.types import User
from core.validity import valid_during
from schools.models import Area
from schools.reorganisations.followers import Prepared

from .. import events, services
from ..models import RoleGrant

CODE = "grants"
WORD = "vai trò"
MODEL = "accounts.rolegrant"


@dataclass(frozen=True)
class Carried:
    """A role of an old unit, and the unit it is to be held for."""

    grant: RoleGrant
    area: Area


def prepare(
    pairs: Sequence[tuple[Area, Area]], ended: Collection[int], on: datetime.date
) -> Prepared:
    """Roles held for the old units that are not over by the day, once for each new unit."""
    prepared = Prepared()
    olds = {old.pk for old, _new in pairs}
    held = list(
        RoleGrant.objects.filter(
            Q(valid_to=None) | Q(valid_to__gt=on), area__in=olds, user__is_active=True
        )
        .select_related("user")
        .order_by("valid_from", "pk")
    )
    news = [new.pk for _old, new in pairs if new.pk]
    there = RoleGrant.objects.filter(valid_during(on, datetime.date.max), area__in=news)
    seen: set[tuple[int, str, int]] = set()
    by_pk = {new.pk: id(new) for _old, new in pairs if new.pk}
    for user_id, role, area_id in there.values_list("user_id", "role", "area_id"):
        seen.add((user_id, role, by_pk[area_id]))
    for old, new in pairs:
        for grant in held:
            key = (grant.user_id, grant.role, id(new))
            if grant.area_id == old.pk and key not in seen:
                seen.add(key)
                prepared.items.append(Carried(grant, new))
    return prepared


def carry_on(prepared: Prepared, on: datetime.date, by: User | None) -> list[int]:
    """Give the roles for the new units from the day on; the old ones end with their unit."""
    return [
        services.grant_role(
            user=each.grant.user,
            role=each.grant.role,
            by=by,
            valid_from=max(on, each.grant.valid_from),
            valid_to=each.grant.valid_to,
            area=each.area,
        ).pk
        for each in prepared.items
    ]


def take_back(ids: Collection[int], by: User | None) -> None:
    """Remove roles of units that, as it turned out, never began.

    The one place where the row of a role is removed: the unit goes with it. That it was given and
    taken back is told by the events.
    """
    for grant in RoleGrant.objects.filter(pk__in=ids).select_related("user", "area"):
        record(
            events.ROLE_TAKEN_BACK,
            by=by,
            about=grant,
            name=grant.event_name,
            area=grant.area_id,
            changes={"role": (grant.role, "")},
        )
    QuerySet.delete(RoleGrant.objects.filter(pk__in=ids))
