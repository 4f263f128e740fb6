"""Scope from assignments: who answers for a commune may see its figures."""

import datetime
from collections.abc import Collection, Iterator

from django.db.models import BigIntegerField, CharField, QuerySet, Value

from core.permission_holders import Holder
from core.permissions import Permission
from core.scope import LATER
from core.validity import valid_on

from ..models import Assignment
from ..models.committees import sits


def grants_from_assignments(user_ids: Collection[int] | None, on: datetime.date) -> QuerySet:
    """A committee member's grant for each commune assigned on a day (`core.scope.grant_sources`).

    Member, committee, assignment and that version of the commune must all be valid.
    """
    rows = Assignment.objects.on(on).filter(
        sits(on, "member__"), valid_on(on, "commune__"), member__user__isnull=False
    )
    if user_ids is not None:
        rows = rows.filter(member__user__in=user_ids)
    nothing = Value(None, output_field=BigIntegerField(null=True))
    return rows.order_by().values_list(
        Value(LATER),
        "valid_from",
        "pk",
        Value("committee_member", output_field=CharField()),
        "commune_id",
        nothing,
        nothing,
        "member__user_id",
    )


def followers_by_assignment(
    permission: Permission,
    *,
    on: datetime.date,
    class_ids: Collection[int] | None = None,
    school_ids: Collection[int] | None = None,
    area_ids: Collection[int] = (),
) -> Iterator[Holder]:
    """Members who follow the children of a commune (`core.permission_holders`); of a member's
    rights only this one is asked for by person. One query; none for other questions."""
    if permission != Permission.FOLLOW_CHILDREN or not area_ids:
        return
    rows = (
        Assignment.objects.on(on)
        .filter(sits(on, "member__"), commune__in=list(area_ids), member__user__is_active=True)
        .select_related("member__user")
        .order_by("valid_from", "pk")
    )
    for row in rows:
        user = row.member.user
        assert user is not None  # by the filter
        yield Holder(user.pk, str(user), user.email, user.phone, area_id=row.commune_id)
