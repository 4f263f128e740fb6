"""Giving classes to teachers, and to those who stand in for them."""

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import rules
from core.events import record
from core.services.saving import lock_in_place, locked_row, save_checked
from core.vietnamese import format_date
from schools.models import School, SchoolClass, SchoolYear

from ...models import RoleGrant, User
from ...roles import TEACHER
from ...services import end_grant
from .. import events
from ..models import AssignmentKind, ClassAssignment, Post, StaffMember

LONGEST_SUBSTITUTION = "accounts.longest_substitution"
AFTER_YEAR = "accounts.classes_after_year"
ONE_DAY = datetime.timedelta(days=1)


@transaction.atomic
def assign(
    *,
    person: StaffMember,
    school_class: SchoolClass,
    kind: str,
    start: datetime.date,
    by: User | None,
    end: datetime.date | None = None,
) -> ClassAssignment:
    """Give a class to a person from a day on, until some weeks after its school year at most.

    A teacher's role that the person's account holds on the class ends with it: what is on
    record is the assignment alone. `end` is the first day after; None for the latest there is.
    Raises ValidationError when the person has no post in the school on the day, has the class
    already, or another one is its homeroom teacher.
    """
    year = school_class.year
    if not year.is_valid_on(start):
        raise ValidationError(
            {"start": _("The day must lie in school year %(year)s.") % {"year": year.code}},
            code="outside_year",
        )
    if not Post.objects.on(start).filter(person=person, school=school_class.school_id).exists():
        raise ValidationError(
            {
                "person": _("%(name)s has no post in this school on %(day)s.")
                % {"name": person, "day": format_date(start)}
            },
            code="no_post",
        )
    latest = latest_end(year, on=start)
    end = min(end or latest, latest)
    _take_over(person, school_class, start, end, by=by)
    assignment = save_checked(
        ClassAssignment(
            person=person,
            school_class=school_class,
            kind=kind,
            valid_from=start,
            valid_to=end,
            given_by=by,
        )
    )
    is_substitute = kind == AssignmentKind.SUBSTITUTE
    more = {"until": (None, end - ONE_DAY)} if is_substitute else {"valid_from": (None, start)}
    record(
        events.SUBSTITUTE_GIVEN if is_substitute else events.ASSIGNED,
        by=by,
        about=assignment,
        name=_event_name(assignment),
        part_of=person,
        school=school_class.school_id,
        changes={"kind": (None, kind), "school_class": (None, school_class.name), **more},
    )
    return assignment


def latest_end(year: SchoolYear, *, on: datetime.date) -> datetime.date:
    """The first day on which nobody has a class of a year any more, by the rule of a day.

    Registers of the last weeks are corrected after the year, so it is not its last day.
    """
    assert year.valid_to is not None  # a constraint of school years
    return year.valid_to + datetime.timedelta(days=int(rules.value(AFTER_YEAR, on=on)))


def _take_over(
    person: StaffMember,
    school_class: SchoolClass,
    start: datetime.date,
    end: datetime.date,
    *,
    by: User | None,
) -> None:
    """End the teacher's roles of the account on the class, which the assignment replaces."""
    if person.user_id is None:
        return
    grants = RoleGrant.objects.during(start, end).filter(
        user_id=person.user_id, role=TEACHER, school_class=school_class
    )
    for grant in grants:
        if grant.valid_from >= start:
            raise ValidationError(
                _("The account of %(name)s holds the teacher's role for this class from %(day)s.")
                % {"name": person, "day": format_date(grant.valid_from)},
                code="granted",
            )
        end_grant(grant=grant, on=start, by=by)


@transaction.atomic
def set_homeroom(
    *, school_class: SchoolClass, person: StaffMember | None, on: datetime.date, by: User | None
) -> ClassAssignment | None:
    """Make a person the homeroom teacher from a day on; None leaves the class without one.

    The one before ends on that day. Raises ValidationError as `assign` does.
    """
    locked_row(school_class, no_key=True)
    present = ClassAssignment.objects.filter(
        school_class=school_class, kind=AssignmentKind.HOMEROOM, valid_to__gt=on
    )
    for assignment in present.select_related("person", "school_class").order_by("valid_from"):
        if person is not None and assignment.person_id == person.pk and assignment.is_valid_on(on):
            return assignment
        end_assignment(assignment=assignment, on=on, by=by)
    if person is None:
        return None
    return assign(
        person=person, school_class=school_class, kind=AssignmentKind.HOMEROOM, start=on, by=by
    )


@transaction.atomic
def give_to_substitute(
    *,
    school_class: SchoolClass,
    person: StaffMember,
    today: datetime.date,
    until: datetime.date,
    by: User,
) -> ClassAssignment:
    """Let a colleague take a class from today through a day; it ends by itself.

    Raises ValidationError when the day is past or too far (a dated rule), when the colleague
    has no open account, or teaches the class anyway.
    """
    most = int(rules.value(LONGEST_SUBSTITUTION, on=today))
    if not today <= until < today + datetime.timedelta(days=most):
        raise ValidationError(
            {
                "until": _("Choose a day from today to %(last)s.")
                % {"last": format_date(today + datetime.timedelta(days=most - 1))}
            },
            code="until",
        )
    user = person.user
    if user is None or not user.is_active:
        raise ValidationError(
            _("%(name)s has no account, so they cannot take the register.") % {"name": person},
            code="no_account",
        )
    if _teaches(user, person, school_class, today):
        raise ValidationError(
            _("%(name)s has this class already.") % {"name": person}, code="has_class"
        )
    return assign(
        person=person,
        school_class=school_class,
        kind=AssignmentKind.SUBSTITUTE,
        start=today,
        end=until + ONE_DAY,
        by=by,
    )


def _teaches(
    user: User, person: StaffMember, school_class: SchoolClass, today: datetime.date
) -> bool:
    return (
        ClassAssignment.objects.on(today).filter(person=person, school_class=school_class).exists()
        or RoleGrant.objects.on(today)
        .filter(user=user, role=TEACHER, school_class=school_class)
        .exists()
    )


@transaction.atomic
def end_assignment(*, assignment: ClassAssignment, on: datetime.date, by: User | None) -> None:
    """End an assignment: `on` is the first day it no longer holds.

    One that would end before it began never held and is removed; the event remains. Raises
    ValidationError when it has ended.
    """
    lock_in_place(assignment)
    if assignment.valid_to is not None and assignment.valid_to <= on:
        raise ValidationError(_("This has already ended."), code="already_ended")
    removed = assignment.valid_from >= on
    changes: dict[str, tuple[object, object]] = {
        "school_class": (assignment.school_class.name, None)
    }
    if removed:
        changes |= {"kind": (assignment.kind, None), "valid_from": (assignment.valid_from, None)}
    else:
        changes |= {"valid_to": (assignment.valid_to, on)}
    record(
        events.ASSIGNMENT_REMOVED if removed else events.ASSIGNMENT_ENDED,
        by=by,
        about=assignment,
        name=_event_name(assignment),
        part_of=assignment.person,
        school=assignment.school_class.school_id,
        changes=changes,
    )
    if removed:
        assignment.delete()
        return
    assignment.valid_to = on
    save_checked(assignment)


def end_assignments_in(
    *, person: StaffMember, school: School, on: datetime.date, by: User | None
) -> None:
    """End every class of a person in a school on a day."""
    for assignment in ClassAssignment.objects.filter(
        person=person, school_class__school=school, valid_to__gt=on
    ).select_related("person", "school_class"):
        end_assignment(assignment=assignment, on=on, by=by)


def _event_name(assignment: ClassAssignment) -> str:
    return f"{assignment.person}: {assignment}"
