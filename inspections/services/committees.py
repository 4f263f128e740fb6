"""Committees, the terms of their members, and who answers for which commune.

Official letter 785/UBND-VX (5 June 2015), item 2b: committees are kept complete and every
member's duties are laid down. Every change raises PermissionDenied for who does not manage the
committees of the area.
"""

import datetime
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.access import check_area, scope_today
from core.events import Kind, record
from core.permissions import Permission as P
from core.services.saving import locked_row, save_checked
from core.types import User
from schools.areas.selectors.tree import AreaTree
from schools.models import Area

from .. import events
from ..models import Assignment, Committee, Member


@transaction.atomic
def found_committee(
    *, area: Area, name: str, kind: str, valid_from: datetime.date, by: User, decision: str = ""
) -> Committee:
    """Found the committee of an area from a day on; returns it.

    Raises ValidationError when the area does not exist on that day.
    """
    check_area(P.MANAGE_COMMITTEES, area.pk, by=by)
    if not area.is_valid_on(valid_from):
        raise ValidationError(
            {
                "valid_from": _("%(area)s does not exist on %(day)s. Choose another day.")
                % {"area": area.title, "day": _day(valid_from)}
            }
        )
    committee = Committee(
        area=area, name=name.strip(), kind=kind, decision=decision.strip(), valid_from=valid_from
    )
    save_checked(committee)
    changes = {"valid_from": (None, valid_from), "decision": (None, committee.decision)}
    _tell(events.COMMITTEE_FOUNDED, committee, committee, by, changes=changes)
    return committee


@transaction.atomic
def appoint_member(
    *,
    committee: Committee,
    full_name: str,
    role: str,
    valid_from: datetime.date,
    by: User,
    position: str = "",
    organisation: str = "",
    sector: str = "",
    user: User | None = None,
) -> Member:
    """Appoint a person to a committee from a day on; returns the member.

    `user` is the account that may then see the communes assigned. Raises ValidationError:
    the committee does not exist on that day, or the account already sits in it.
    """
    _check_managed(committee, by)
    if not committee.is_valid_on(valid_from):
        raise ValidationError(
            {
                "valid_from": _("The committee does not exist on %(day)s.")
                % {"day": _day(valid_from)}
            }
        )
    if user is not None:
        locked_row(committee)
        not_over = Q(valid_to=None) | Q(valid_to__gt=valid_from)
        if Member.objects.filter(not_over, committee=committee, user=user).exists():
            raise ValidationError(
                {"user": _("This account already belongs to a member of the committee.")}
            )
    member = Member(
        committee=committee,
        user=user,
        full_name=full_name.strip(),
        position=position.strip(),
        organisation=organisation.strip(),
        sector=sector.strip(),
        role=role,
        valid_from=valid_from,
    )
    save_checked(member)
    changes = {
        "role": (None, member.role),
        "valid_from": (None, valid_from),
        "account": (None, str(user) if user is not None else ""),
    }
    if member.sector:
        changes["sector"] = (None, member.sector)
    _tell(events.MEMBER_APPOINTED, member, committee, by, name=member.full_name, changes=changes)
    return member


@transaction.atomic
def change_member(
    *, member: Member, position: str, organisation: str, sector: str, by: User
) -> Member:
    """Correct what a member is by post: position, organisation, sector; returns the member.

    Who it is, in which role and since when stays: that is another term. Without a change nothing
    is written. Raises ValidationError when the term is over.
    """
    found = locked_row(member, "committee")
    _check_managed(found.committee, by)
    if found.valid_to is not None and found.valid_to <= timezone.localdate():
        raise ValidationError(
            _("The term ended on %(day)s and no longer changes.") % {"day": _day(found.valid_to)}
        )
    told = {"position": position, "organisation": organisation, "sector": sector}
    changes = {}
    for name, text in told.items():
        before, now = getattr(found, name), text.strip()
        if before != now:
            changes[name] = (before, now)
            setattr(found, name, now)
    if changes:
        save_checked(found)
        _tell(
            events.MEMBER_CHANGED, found, found.committee, by, name=found.full_name, changes=changes
        )
    return found


@transaction.atomic
def assign_commune(
    *, member: Member, commune: Area, valid_from: datetime.date, by: User, duty: str = ""
) -> Assignment:
    """Let a member answer for a commune from a day on; returns the assignment.

    It is also the member's scope: with an account, the person sees the commune's figures from then.
    Raises ValidationError: member or commune not valid on that day, commune outside the
    committee's area, another member of the committee answers for it, or `by` would open the
    names of children there to themselves.
    """
    _check_managed(member.committee, by)
    _check_not_for_oneself(member, commune, by)
    if not member.is_valid_on(valid_from):
        raise ValidationError(
            {
                "valid_from": _("%(member)s is not in the committee on %(day)s.")
                % {"member": member.full_name, "day": _day(valid_from)}
            }
        )
    if commune.pk not in AreaTree.on(valid_from).below(member.committee.area_id):
        raise ValidationError(
            {
                "commune": _("%(commune)s does not lie in %(area)s on %(day)s.")
                % {
                    "commune": commune.title,
                    "area": member.committee.area.title,
                    "day": _day(valid_from),
                }
            }
        )
    assignment = Assignment(
        committee=member.committee,
        member=member,
        commune=commune,
        duty=duty.strip(),
        valid_from=valid_from,
        valid_to=member.valid_to,
    )
    save_checked(assignment)
    changes = {
        "commune": (None, commune.title),
        "valid_from": (None, valid_from),
        "duty": (None, assignment.duty),
    }
    _tell(
        events.COMMUNE_ASSIGNED,
        assignment,
        member.committee,
        by,
        name=member.full_name,
        changes=changes,
    )
    return assignment


def _check_managed(committee: Committee, by: User) -> None:
    check_area(P.MANAGE_COMMITTEES, committee.area_id, by=by)


def _check_not_for_oneself(member: Member, commune: Area, by: User) -> None:
    if would_show_names_to_oneself(member, commune.pk, by):
        raise ValidationError(
            _(
                "This is your own account: the assignment would show you the names of children in "
                "%(commune)s. Somebody else assigns it."
            )
            % {"commune": commune.title},
            code="own_account",
        )


def would_show_names_to_oneself(member: Member, commune_id: int | None, by: User) -> bool:
    """Whether a person would open to themselves the names of children in a commune; None for one
    that is yet to begin.

    A cluster or province sees figures alone; an assignment shows children out of school.
    """
    return (
        member.user_id == by.pk
        and commune_id not in scope_today(by).places(P.FOLLOW_CHILDREN).areas
    )


@transaction.atomic
def end_assignment(*, assignment: Assignment, on: datetime.date, by: User) -> Assignment:
    """End an assignment: `on` is the first day on which it no longer holds. Returns it.

    Raises ValidationError when that lies before its second day or after its end.
    """
    found = locked_row(assignment, "committee", "member", "commune")
    _check_managed(found.committee, by)
    changes = {"commune": (found.commune.title, None), "valid_to": (found.valid_to, on)}
    _end(found, on)
    _tell(
        events.ASSIGNMENT_ENDED,
        found,
        found.committee,
        by,
        name=found.member.full_name,
        changes=changes,
    )
    return found


@transaction.atomic
def end_term(*, member: Member, on: datetime.date, by: User) -> Member:
    """End a member's term and every assignment with it; returns the member.

    `on` is the first day without office. Assignments that would begin then or later are
    dropped, since they never held. Raises ValidationError as `end_assignment`.
    """
    found = locked_row(member, "committee")
    _check_managed(found.committee, by)
    changes = {"valid_to": (found.valid_to, on)}
    _end(found, on)
    Assignment.objects.filter(member=found, valid_from__gte=on).delete()
    running = Q(valid_to=None) | Q(valid_to__gt=on)
    for assignment in Assignment.objects.select_for_update().filter(running, member=found):
        _end(assignment, on)
    _tell(events.MEMBER_ENDED, found, found.committee, by, name=found.full_name, changes=changes)
    return found


def _tell(
    kind: Kind,
    about: Committee | Member | Assignment,
    committee: Committee,
    by: User,
    *,
    changes: Mapping[str, tuple[object, object]],
    name: str | None = None,
) -> None:
    record(
        kind,
        by=by,
        about=about,
        name=name,
        part_of=committee,
        area=committee.area_id,
        changes=changes,
    )


def _end(row: Member | Assignment, on: datetime.date) -> None:
    if row.valid_to is not None and on > row.valid_to:
        raise ValidationError(
            {"valid_to": _("It already ends on %(day)s.") % {"day": _day(row.valid_to)}},
            code="over_already",
        )
    row.valid_to = on
    row.full_clean()
    row.save(update_fields=["valid_to"])


def _day(day: datetime.date) -> str:
    return day.strftime("%d/%m/%Y")
