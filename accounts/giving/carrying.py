"""Roles that go along with a unit when a decree ends it and somebody chose so.

Registered with `schools.reorganisations.followers`. The rules are those of `give_roles`: what the
giver may give, to another person with an open account, for no day that is over, nothing twice.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import scope_today
from core.events import record
from core.scope import Scope
from core.types import User
from core.validity import Period, days_left, valid_during
from schools.models import Area
from schools.reorganisations.followers import Key, Prepared, ToCarry, key_of

from .. import events, services
from ..models import RoleGrant
from ..roles import AREA_LEVELS
from .reach import reach

CODE = "grants"
WORD = "vai trò"
MODEL = "accounts.rolegrant"


@dataclass(frozen=True)
class Carried:
    """A role of an old unit, the unit it is to be held for, and when."""

    grant: RoleGrant
    area: Area
    valid_from: datetime.date
    valid_to: datetime.date | None


def prepare(chosen: ToCarry) -> Prepared:
    """Roles held for the old units: each of their days from the decree's, or from today when that
    is over, for which the person does not hold the role in the new unit already.

    Refuses roles that the person who applies the decree may not give, and their own.
    """
    prepared = Prepared()
    held = _held(chosen)
    taken = _there(chosen)
    scope = scope_today(chosen.by) if chosen.by is not None else None
    first = max(chosen.on, timezone.localdate())
    for old, new in chosen.pairs:
        for grant in held[old.pk]:
            periods = taken[grant.user_id, grant.role, key_of(new)]
            left = days_left(max(first, grant.valid_from), grant.valid_to, periods)
            if not left:
                continue
            if refusal := _refusal(grant, old, new, chosen, scope):
                prepared.refusals.append(refusal)
                continue
            periods += left
            prepared.items += [Carried(grant, new, start, end) for start, end in left]
    return prepared


def _held(chosen: ToCarry) -> dict[int, list[RoleGrant]]:
    """{id of an old unit: roles held there by open accounts on the day or later}; one query."""
    rows = (
        RoleGrant.objects.during(chosen.on, datetime.date.max)
        .filter(area__in={old.pk for old, _new in chosen.pairs}, user__is_active=True)
        .select_related("user")
        .order_by("valid_from", "pk")
    )
    if chosen.locking:
        # One giver at a time, as `give_roles`.
        rows = rows.select_for_update(of=("self", "user"), no_key=True)
    held: defaultdict[int, list[RoleGrant]] = defaultdict(list)
    for grant in rows:
        assert grant.area_id is not None  # by the filter
        held[grant.area_id].append(grant)
    return held


def _there(chosen: ToCarry) -> dict[tuple[int, str, Key], list[Period]]:
    """{(person, role, key of a new unit): when it is held there}, of units that go on."""
    keys = {new.pk: key_of(new) for _old, new in chosen.pairs if new.pk}
    there = RoleGrant.objects.filter(valid_during(chosen.on, datetime.date.max), area__in=keys)
    taken: defaultdict[tuple[int, str, Key], list[Period]] = defaultdict(list)
    for grant in there:
        assert grant.area_id is not None  # by the filter
        taken[grant.user_id, grant.role, keys[grant.area_id]].append(
            (grant.valid_from, grant.valid_to)
        )
    return taken


def _refusal(
    grant: RoleGrant, old: Area, new: Area, chosen: ToCarry, scope: Scope | None
) -> str | None:
    told = {"person": grant.user, "role": grant.get_role_display(), "area": old.title}
    if chosen.by is not None and grant.user_id == chosen.by.pk:
        return (
            _(
                "“%(role)s” for %(area)s is your own role, and nobody gives a role to oneself. Let "
                "it not go along, or let another administrator apply the decree."
            )
            % told
        )
    if new.level in AREA_LEVELS.get(grant.role, ()) and (
        scope is None or _may_give(scope, grant.role, chosen.above[key_of(new)])
    ):
        return None
    return (
        _(
            "%(person)s holds “%(role)s” for %(area)s, which you may not give for the new unit. "
            "Let it not go along."
        )
        % told
    )


def _may_give(scope: Scope, role: str, above: Iterable[int]) -> bool:
    found = reach(scope, role)
    return found.everywhere or not found.places.areas.isdisjoint(above)


def carry_on(prepared: Prepared, by: User | None) -> Sequence[RoleGrant]:
    """Give the roles for the new units; the old ones end with their unit."""
    return [
        services.grant_role(
            user=each.grant.user,
            role=each.grant.role,
            by=by,
            valid_from=each.valid_from,
            valid_to=each.valid_to,
            area=each.area,
        )
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
