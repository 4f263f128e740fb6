"""Who listens: a class that goes on in another school, or in another class, takes its teachers
along."""

import datetime
from collections.abc import Sequence
from typing import cast

from core.events import record
from core.types import User
from schools.models import SchoolClass
from schools.signals import classes_continued, classes_regrouped

from . import events
from .models import ClassAssignment, Post, RoleGrant
from .roles import TEACHER
from .staff.models import AssignmentKind
from .staff.services.assignments import assign


def connect() -> None:
    """Connect the receivers of this app; called once when it is loaded."""
    classes_continued.connect(on_classes_continued, dispatch_uid="accounts.on_classes_continued")
    classes_regrouped.connect(on_classes_regrouped, dispatch_uid="accounts.on_classes_regrouped")


def on_classes_continued(
    sender: object,
    *,
    successors: dict[int, int],
    on: datetime.date,
    by: User | None,
    **kwargs: object,
) -> None:
    """Roles held for a class on the day or later are held for its successor from then on.

    What was held until then stays as it was; a role that begins later is left alone and may be
    given anew.
    """
    grants = RoleGrant.objects.on(on).filter(school_class__in=successors, valid_from__lt=on)
    for grant in grants.select_related("user").order_by("pk"):
        after = RoleGrant(
            user=grant.user,
            role=grant.role,
            school_class_id=successors[cast("int", grant.school_class_id)],
            granted_by=by,
            valid_from=on,
            valid_to=grant.valid_to,
        )
        ends = {"valid_to": (grant.valid_to, on)}
        grant.valid_to = on
        grant.save()
        after.full_clean()
        after.save()
        record(events.ROLE_ENDED, by=by, about=grant, name=grant.event_name, changes=ends)
        record(events.ROLE_GIVEN, by=by, about=after, name=after.event_name)


def on_classes_regrouped(
    sender: object,
    *,
    pairs: Sequence[tuple[int, int]],
    on: datetime.date,
    by: User | None,
    **kwargs: object,
) -> None:
    """Whoever teaches the first class on the day teaches the second one too from then on.

    The homeroom teacher becomes a deputy there, as a class has one of these; who stands in for
    some days does not come along. Nothing ends: registers of the last days can be corrected.
    """
    for old, new in pairs:
        school_class = SchoolClass.objects.select_related("school", "year").get(pk=new)
        _assign_along(old, school_class, on, by)
        _grant_along(old, school_class, on, by)


def _assign_along(old: int, to: SchoolClass, on: datetime.date, by: User | None) -> None:
    taught = ClassAssignment.objects.on(on).filter(school_class=old).select_related("person")
    there = Post.objects.on(on).filter(school=to.school_id).values_list("person_id", flat=True)
    have = set(
        ClassAssignment.objects.during(on, to.year.valid_to)
        .filter(school_class=to)
        .values_list("person_id", flat=True)
    )
    for each in taught.exclude(kind=AssignmentKind.SUBSTITUTE).order_by("pk"):
        if each.person_id in have or each.person_id not in set(there):
            continue
        have.add(each.person_id)
        is_homeroom = each.kind == AssignmentKind.HOMEROOM
        kind = AssignmentKind.DEPUTY if is_homeroom else each.kind
        assign(person=each.person, school_class=to, kind=kind, start=on, end=each.valid_to, by=by)


def _grant_along(old: int, to: SchoolClass, on: datetime.date, by: User | None) -> None:
    """The teacher's roles of accounts that no staff list knows."""
    held = RoleGrant.objects.on(on).filter(role=TEACHER, school_class=old).select_related("user")
    for grant in held.order_by("pk"):
        during = (on, to.year.valid_to)
        of_user = RoleGrant.objects.during(*during).filter(user=grant.user, school_class=to)
        of_person = ClassAssignment.objects.during(*during).filter(person__user=grant.user)
        if of_user.exists() or of_person.filter(school_class=to).exists():
            continue
        after = RoleGrant(
            user=grant.user,
            role=TEACHER,
            school_class=to,
            granted_by=by,
            valid_from=on,
            valid_to=grant.valid_to,
        )
        after.full_clean()
        after.save()
        record(events.ROLE_GIVEN, by=by, about=after, name=after.event_name)
