"""Giving and ending roles by those who hold the places above."""

import datetime
from collections.abc import Sequence
from typing import TypedDict

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.scope import Scope
from core.services.saving import locked_row
from core.validity import valid_during
from schools.models import Area, School, SchoolClass

from .. import services
from ..models import RoleGrant, User
from .reach import Place, may_end, reach


@transaction.atomic
def give_roles(
    *,
    scope: Scope,
    user: User,
    role: str,
    places: Sequence[Place],
    valid_from: datetime.date,
    valid_to: datetime.date | None = None,
) -> list[RoleGrant]:
    """Give a person a role for each of some places; those held there already are left out.

    Raises PermissionDenied for a role or place that is not the giver's to give, ValidationError
    for oneself, a closed account, a day in the past, or when there is nothing left to give.
    """
    by = _giver(scope)
    found = reach(scope, role)
    if not places or not all(found.has(place) for place in places):
        raise PermissionDenied
    if user.pk == by.pk:
        raise ValidationError(_("Nobody gives a role to oneself."), code="own_role")
    # One giver at a time, so that two do not give the same twice.
    user = locked_row(user, no_key=True)
    if not user.is_active:
        raise ValidationError(_("This account is closed."), code="inactive")
    if valid_from < timezone.localdate():
        raise ValidationError(
            _("A role begins today or later. Choose another day."), code="in_the_past"
        )
    end = valid_to or datetime.date.max
    held = RoleGrant.objects.filter(valid_during(valid_from, end), user=user, role=role)
    taken = set(held.values_list("area_id", "school_id", "school_class_id"))
    given = []
    for place in places:
        columns = columns_of(place)
        wanted = (columns["area"], columns["school"], columns["school_class"])
        if tuple(each and each.pk for each in wanted) in taken:
            continue
        given.append(
            services.grant_role(
                user=user, role=role, by=by, valid_from=valid_from, valid_to=valid_to, **columns
            )
        )
    if not given:
        raise ValidationError(
            _("%(name)s holds this role there already.") % {"name": user}, code="held_already"
        )
    return given


@transaction.atomic
def end_role(*, scope: Scope, grant: RoleGrant, on: datetime.date) -> RoleGrant:
    """End a role that the person of the scope could have given; `on`: first day without it.

    Raises PermissionDenied for another's to end or one's own, ValidationError for a day that does
    not fit.
    """
    by = _giver(scope)
    grant = locked_row(grant)
    if grant.pk not in may_end(scope, [grant]):
        raise PermissionDenied
    if on < timezone.localdate():
        raise ValidationError(
            _("A role ends today or later. Choose another day."), code="in_the_past"
        )
    return services.end_grant(grant=grant, on=on, by=by)


def earliest_end(grant: RoleGrant) -> datetime.date:
    """The first day without the role that may be chosen: a role is held for a day at least."""
    return max(timezone.localdate(), grant.valid_from + datetime.timedelta(days=1))


class PlaceColumns(TypedDict):
    """A place as the columns of `RoleGrant`; at most one is filled."""

    area: Area | None
    school: School | None
    school_class: SchoolClass | None


def columns_of(place: Place) -> PlaceColumns:
    """A place as the columns of `RoleGrant`."""
    return {
        "area": place if isinstance(place, Area) else None,
        "school": place if isinstance(place, School) else None,
        "school_class": place if isinstance(place, SchoolClass) else None,
    }


def _giver(scope: Scope) -> User:
    if not isinstance(scope.user, User):
        raise PermissionDenied
    return scope.user
