"""Rights that follow from class assignments: the role of a teacher on the class, for its days.

The assignment is the only record: no role is written beside it. Only the head's post gives no
right by itself; the role of a head is given by whoever may.
"""

import datetime
from collections.abc import Collection, Iterator

from django.db.models import BigIntegerField, Case, CharField, QuerySet, Value, When

from core.permission_holders import Holder
from core.permissions import Permission
from core.scope import FIRST, Scope

from ..roles import ROLES, SUBSTITUTE, TEACHER
from .models import ANSWERING, AssignmentKind, ClassAssignment


def grant_rows(user_ids: Collection[int] | None, on: datetime.date) -> QuerySet:
    """Rows of the classes assigned on a day, as those of `core.scope.grant_sources`.

    Of some people, or of everybody (None). For a UNION with role grants, so that the scope of a
    request still costs one query.
    """
    role = Case(
        When(kind=AssignmentKind.SUBSTITUTE, then=Value(SUBSTITUTE)),
        default=Value(TEACHER),
        output_field=CharField(),
    )
    nothing = Value(None, output_field=BigIntegerField(null=True))
    rows = ClassAssignment.objects.on(on).filter(person__user__isnull=False)
    if user_ids is not None:
        rows = rows.filter(person__user__in=user_ids)
    return (
        rows.annotate(role=role, area_of=nothing, school_of=nothing)
        .order_by()
        .values_list(
            Value(FIRST),
            "valid_from",
            "pk",
            "role",
            "area_of",
            "school_of",
            "school_class_id",
            "person__user_id",
        )
    )


def holders_by_assignment(
    permission: Permission,
    *,
    on: datetime.date,
    class_ids: Collection[int] | None = None,
    school_ids: Collection[int] | None = None,
    area_ids: Collection[int] = (),
) -> Iterator[Holder]:
    """Who answers for the registers of a class by an assignment (`core.permission_holders`).

    Subject teachers may take them and are not reminded of them. One query; none when no class
    is asked about, or a teacher does not hold the permission.
    """
    if permission not in ROLES[TEACHER].permissions or (class_ids is not None and not class_ids):
        return
    assignments = ClassAssignment.objects.on(on).filter(
        kind__in=ANSWERING, person__user__is_active=True
    )
    if class_ids is not None:
        assignments = assignments.filter(school_class__in=list(class_ids))
    for assignment in assignments.select_related("person__user").order_by("valid_from", "pk"):
        user = assignment.person.user
        assert user is not None
        yield Holder(
            user_id=user.pk,
            name=str(user),
            email=user.email if user.wants_reminders else "",
            phone=user.phone,
            class_id=assignment.school_class_id,
        )


def hands_on(scope: Scope, class_id: int, school_id: int) -> bool:
    """Whether a person may give a class to a substitute: it is theirs, or their school's.

    Whoever stands in does not hand the class on. No query.
    """
    is_own = any(
        grant.role == TEACHER and grant.class_id == class_id for grant, _rights in scope.grants
    )
    return is_own or school_id in scope.places(Permission.MANAGE_STAFF).schools
