"""Communes of committee members that go along with a unit when a decree ends it.

Registered with `schools.reorganisations.followers`: only what somebody chose goes along.
"""

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.events import record
from core.services.saving import save_checked
from core.types import User
from schools.models import Area
from schools.reorganisations.followers import Prepared

from . import events
from .models import Assignment

CODE = "assignments"
WORD = "phân công"
MODEL = "inspections.assignment"


@dataclass(frozen=True)
class Carried:
    """An assignment of an old commune, and the commune the member is to answer for."""

    assignment: Assignment
    commune: Area


def prepare(
    pairs: Sequence[tuple[Area, Area]], ended: Collection[int], on: datetime.date
) -> Prepared:
    """Assignments of the old communes that hold on the day, of committees that go on.

    A commune has one member of a committee: two that would come together are refused, and one that
    is there already stays.
    """
    prepared = Prepared()
    olds = {old.pk for old, _new in pairs}
    # The committee of a unit that ends does not go on.
    held = list(_open(on, olds).exclude(committee__area__in=ended))
    taken: dict[tuple[int, int], Assignment] = {}
    by_pk = {new.pk: id(new) for _old, new in pairs if new.pk}
    for there in _open(on, set(by_pk)):
        taken[there.committee_id, by_pk[there.commune_id]] = there
    for old, new in pairs:
        for assignment in held:
            if assignment.commune_id != old.pk:
                continue
            other = taken.setdefault((assignment.committee_id, id(new)), assignment)
            if other is assignment:
                prepared.items.append(Carried(assignment, new))
            elif other.member_id != assignment.member_id:
                prepared.refusals.append(
                    _(
                        "%(area)s would have two members of “%(committee)s”: %(first)s and "
                        "%(second)s. Let the assignment of one old commune only go along."
                    )
                    % {
                        "area": new.title,
                        "committee": assignment.committee.name,
                        "first": other.member.full_name,
                        "second": assignment.member.full_name,
                    }
                )
    return prepared


def _open(on: datetime.date, communes: Collection[int]) -> QuerySet[Assignment]:
    not_over = Q(valid_to=None) | Q(valid_to__gt=on)
    return (
        Assignment.objects.filter(
            not_over,
            Q(member__valid_to=None) | Q(member__valid_to__gt=on),
            Q(committee__valid_to=None) | Q(committee__valid_to__gt=on),
            commune__in=communes,
        )
        .select_related("committee", "member", "commune")
        .order_by("valid_from", "pk")
    )


def carry_on(prepared: Prepared, on: datetime.date, by: User | None) -> list[int]:
    """Let the members answer for the new communes from the day on."""
    wrote = []
    for each in prepared.items:
        old = each.assignment
        assignment = Assignment(
            committee=old.committee,
            member=old.member,
            commune=each.commune,
            duty=old.duty,
            valid_from=max(on, old.valid_from),
            valid_to=old.valid_to,
        )
        save_checked(assignment)
        wrote.append(assignment.pk)
        record(
            events.COMMUNE_ASSIGNED,
            by=by,
            about=assignment,
            name=old.member.full_name,
            part_of=old.committee,
            area=old.committee.area_id,
            changes={
                "commune": (old.commune.title, each.commune.title),
                "valid_from": (None, assignment.valid_from),
            },
        )
    return wrote


def take_back(ids: Collection[int], by: User | None) -> None:
    """Remove the assignments to communes that, as it turned out, never began."""
    rows = Assignment.objects.filter(pk__in=ids).select_related("committee", "member", "commune")
    for assignment in rows:
        record(
            events.ASSIGNMENT_ENDED,
            by=by,
            about=assignment,
            name=assignment.member.full_name,
            part_of=assignment.committee,
            area=assignment.committee.area_id,
            changes={"commune": (assignment.commune.title, None)},
        )
    rows.delete()
