"""Communes of committee members that go along with a unit when a decree ends it.

Registered with `schools.reorganisations.followers`: only what somebody chose goes along. The rules
are those of `assign_commune`, but for one: who may apply a decree may let go along what the
office above the committee has decided.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.events import record
from core.services.saving import save_checked
from core.types import User
from core.validity import ValidInTime, days_left
from schools.models import Area
from schools.reorganisations.followers import Key, Prepared, ToCarry, key_of

from . import events
from .models import Assignment, Member
from .services.committees import would_show_names_to_oneself

CODE = "assignments"
WORD = "phân công"
MODEL = "inspections.assignment"


@dataclass(frozen=True)
class Carried:
    """An assignment of an old commune, the commune the member is to answer for, and when."""

    assignment: Assignment
    commune: Area
    valid_from: datetime.date
    valid_to: datetime.date | None


@dataclass(frozen=True)
class Answers:
    """A member who answers for a commune in a time."""

    member: Member
    valid_from: datetime.date
    valid_to: datetime.date | None

    def meets(self, start: datetime.date, end: datetime.date | None) -> bool:
        return (end is None or self.valid_from < end) and (
            self.valid_to is None or start < self.valid_to
        )


def prepare(chosen: ToCarry) -> Prepared:
    """Assignments of the old communes, of committees that go on: their days from that of the
    decree on, as far as the term of the member and the committee reach.

    Refuses two members of a committee for a commune at one time, a commune outside the
    committee's area, and one's own account (`would_show_names_to_oneself`).
    """
    prepared = Prepared()
    held = _held(chosen)
    taken = _there(chosen)
    for old, new in chosen.pairs:
        for assignment in held[old.pk]:
            answers = taken[assignment.committee_id, key_of(new)]
            start, end = _time(assignment, chosen.on)
            own = [
                (each.valid_from, each.valid_to)
                for each in answers
                if each.member.pk == assignment.member_id
            ]
            left = days_left(start, end, own)
            if not left:
                continue
            if refusal := _refusal(assignment, new, answers, chosen):
                prepared.refusals.append(refusal)
                continue
            answers += [Answers(assignment.member, *days) for days in left]
            prepared.items += [Carried(assignment, new, *days) for days in left]
    return prepared


def _held(chosen: ToCarry) -> dict[int, list[Assignment]]:
    """{id of an old commune: its assignments on the day or later}; one query. The committee of a
    unit that ends does not go on."""
    rows = (
        Assignment.objects.during(chosen.on, datetime.date.max)
        .filter(commune__in={old.pk for old, _new in chosen.pairs})
        .exclude(committee__area__in=chosen.ended)
        .select_related("committee__area", "member", "commune")
        .order_by("valid_from", "pk")
    )
    if chosen.locking:
        rows = rows.select_for_update(of=("self", "member", "committee"), no_key=True)
    held: defaultdict[int, list[Assignment]] = defaultdict(list)
    for assignment in rows:
        held[assignment.commune_id].append(assignment)
    return held


def _there(chosen: ToCarry) -> dict[tuple[int, Key], list[Answers]]:
    """{(committee, key of a new commune): who answers for it}, of communes that go on."""
    keys = {new.pk: key_of(new) for _old, new in chosen.pairs if new.pk}
    there = Assignment.objects.during(chosen.on, datetime.date.max).filter(commune__in=keys)
    taken: defaultdict[tuple[int, Key], list[Answers]] = defaultdict(list)
    for each in there.select_related("member"):
        taken[each.committee_id, keys[each.commune_id]].append(
            Answers(each.member, each.valid_from, each.valid_to)
        )
    return taken


def _time(assignment: Assignment, on: datetime.date) -> tuple[datetime.date, datetime.date | None]:
    """When it may hold in the new commune: within the term, while there is the committee."""
    bounds: list[ValidInTime] = [assignment, assignment.member, assignment.committee]
    ends = [each.valid_to for each in bounds if each.valid_to is not None]
    return max(on, *(each.valid_from for each in bounds)), min(ends, default=None)


def _refusal(
    assignment: Assignment, new: Area, answers: Sequence[Answers], chosen: ToCarry
) -> str | None:
    committee, member = assignment.committee, assignment.member
    start, end = _time(assignment, chosen.on)
    told = {
        "area": new.title,
        "old": assignment.commune.title,
        "committee": committee.name,
        "member": member.full_name,
    }
    others = [each for each in answers if each.member.pk != member.pk and each.meets(start, end)]
    if others:
        return _(
            "%(area)s would have two members of “%(committee)s”: %(first)s and %(second)s. Let the "
            "assignment of one old commune only go along."
        ) % (told | {"first": others[0].member.full_name, "second": member.full_name})
    if committee.area_id not in chosen.above[key_of(new)]:
        return (
            _(
                "%(area)s will not lie in the area of “%(committee)s”, of which %(member)s answers "
                "for %(old)s. Let that assignment not go along."
            )
            % told
        )
    if chosen.by is not None and would_show_names_to_oneself(member, new.pk, chosen.by):
        return (
            _(
                "The assignment to %(old)s in “%(committee)s” is your own, and nobody opens the "
                "names of children to oneself. Let it not go along, or let another administrator "
                "apply the decree."
            )
            % told
        )
    return None


def carry_on(prepared: Prepared, by: User | None) -> Sequence[Assignment]:
    """Let the members answer for the new communes."""
    wrote = []
    for each in prepared.items:
        old = each.assignment
        assignment = Assignment(
            committee=old.committee,
            member=old.member,
            commune=each.commune,
            duty=old.duty,
            valid_from=each.valid_from,
            valid_to=each.valid_to,
        )
        save_checked(assignment)
        wrote.append(assignment)
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
