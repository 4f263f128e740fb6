"""Teachers go on with their class into the next school year (`schools.year_turn.followers`).

Homeroom, deputy and subject teachers; who only stood in does not. Teacher's roles that were
given on a class before there were assignments stay with it: a role is never deleted, so one that
was given by a turn could not be taken back.
"""

import datetime
from collections.abc import Collection, Mapping
from typing import TypeAlias, TypedDict

from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import Kind, record
from schools.models import School, SchoolClass, SchoolYear

from ...models import RoleGrant, User
from ...roles import TEACHER
from .. import events
from ..models import AssignmentKind, ClassAssignment, Post
from .assignments import latest_end

FOLLOWING = (AssignmentKind.HOMEROOM, AssignmentKind.DEPUTY, AssignmentKind.SUBJECT)

# Id, whose, class, until when, as JSON keeps it.
Written: TypeAlias = list[int | str | None]


class Wrote(TypedDict):
    """What `carry_on` wrote."""

    assignments: list[Written]
    classes: list[int]


def teachers_of(class_ids: Collection[int], day: datetime.date) -> dict[int, list[str]]:
    """Dict class id -> names of its homeroom teachers on a day."""
    found: dict[int, list[str]] = {}
    for class_id, name in (
        ClassAssignment.objects.on(day)
        .filter(school_class__in=class_ids, kind=AssignmentKind.HOMEROOM)
        .order_by("pk")
        .values_list("school_class_id", "person__full_name")
    ):
        found.setdefault(class_id, []).append(name)
    return found


def left_behind(class_ids: Collection[int], day: datetime.date) -> list[str]:
    """Whose right to a class is a role of the account alone: it must be said anew."""
    names = list(
        RoleGrant.objects.on(day)
        .filter(school_class__in=class_ids, role=TEACHER)
        .order_by("school_class__name_key", "pk")
        .values_list("user__full_name", "school_class__name")
    )
    if not names:
        return []
    return [
        _(
            "These teachers have their class by a role of the account, which does not go along: "
            "%(names)s. Give them their class under Staff."
        )
        % {"names": ", ".join(f"{name} ({class_name})" for name, class_name in names)}
    ]


def carry_on(
    successors: Mapping[int, int], from_year: SchoolYear, to_year: SchoolYear, by: User | None
) -> Wrote:
    """Give each successor the teachers of its class, from the new year's first day.

    Whoever has no post in the school on that day is left out. Assignments
    are written at once, whatever their number.
    """
    wrote: Wrote = {"assignments": [], "classes": list(successors.values())}
    start, end = to_year.valid_from, latest_end(to_year, on=timezone.localdate())
    last_day = from_year.last_day
    present = ClassAssignment.objects.on(last_day).filter(
        school_class__in=successors, kind__in=FOLLOWING
    )
    at_work = set(
        Post.objects.on(start)
        .filter(school__in=SchoolClass.objects.filter(pk__in=successors).values("school_id"))
        .values_list("person_id", flat=True)
    )
    assignments = [
        ClassAssignment(
            person_id=each.person_id,
            school_class_id=successors[each.school_class_id],
            kind=each.kind,
            valid_from=start,
            valid_to=end,
            given_by=by,
        )
        for each in present.order_by("pk")
        if each.person_id in at_work
    ]
    ClassAssignment.objects.bulk_create(assignments)
    if assignments:
        _tell(events.CLASSES_CARRIED_ON, wrote["classes"], (None, len(assignments)), by)
    wrote["assignments"] = [_written(each) for each in assignments]
    return wrote


def obstacles(wrote: Wrote) -> list[str]:
    """What was changed of the teachers of these classes since."""
    classes = wrote["classes"]
    now = [
        _written(each)
        for each in ClassAssignment.objects.filter(school_class__in=classes).order_by("pk")
    ]
    granted = RoleGrant.objects.filter(school_class__in=classes).exists()
    if now == sorted(wrote["assignments"]) and not granted:
        return []
    return [_("Teachers of the new classes were changed since.")]


def take_back(wrote: Wrote, by: User | None) -> None:
    """Remove what `carry_on` wrote."""
    if wrote["assignments"]:
        _tell(events.CLASSES_CARRIED_ON, wrote["classes"], (len(wrote["assignments"]), None), by)
    ClassAssignment.objects.filter(pk__in=[row[0] for row in wrote["assignments"]]).delete()


def _written(row: ClassAssignment) -> Written:
    return [row.pk, row.person_id, row.school_class_id, row.valid_to.isoformat()]


def _tell(
    kind: Kind, class_ids: list[int], counts: tuple[int | None, int | None], by: User | None
) -> None:
    school = School.objects.filter(classes__in=class_ids[:1]).get()
    record(
        kind,
        by=by,
        about=school,
        name=school.name,
        school=school.pk,
        changes={"assignments": counts},
    )
