"""Reading regulations and meetings, and when a committee should meet again."""

import calendar
import datetime
from dataclasses import dataclass

from django.db.models import Max, QuerySet

from core.scope import Places
from core.validity import valid_on

from ..models import Committee, Meeting, Member, Regulation
from ..models.committees import sits


@dataclass(frozen=True)
class Rhythm:
    """When a committee should meet next by its regulation; `due_on` is None without a rhythm."""

    regulation: Regulation | None
    last: Meeting | None
    due_on: datetime.date | None
    is_late: bool


def regulation_on(committee: Committee, on: datetime.date) -> Regulation | None:
    """The regulation in force on a day; one query."""
    return Regulation.objects.on(on).filter(committee=committee).first()


def newest_regulation(committee: Committee) -> Regulation | None:
    """The version that has no end, also one that is to come; one query."""
    return Regulation.objects.filter(committee=committee, valid_to=None).first()


def rhythm_of(committee: Committee, on: datetime.date) -> Rhythm:
    """When the committee should meet next; two queries.

    So many months after the last meeting, or after the regulation began when there was none since.
    A committee that is over, by itself or with its area, meets no more.
    """
    found = regulation_on(committee, on)
    last = Meeting.objects.filter(committee=committee, held_on__lte=on).first()
    stands = committee.is_valid_on(on) and committee.area.is_valid_on(on)
    if found is None or not found.meets_every or not stands:
        return Rhythm(found, last, None, is_late=False)
    begun = max(found.valid_from, last.held_on) if last is not None else found.valid_from
    due_on = months_after(begun, found.meets_every)
    return Rhythm(found, last, due_on, is_late=due_on < on)


@dataclass(frozen=True)
class DueMeeting:
    """A committee that should meet by a day: of which area, and the accounts of its members."""

    committee_id: int
    area_id: int
    member_users: frozenset[int]


def due_meetings(until: datetime.date, *, on: datetime.date) -> list[DueMeeting]:
    """The committees that should have met by a day, as `rhythm_of` reckons; three queries.

    One whose area has ended is over with it.
    """
    regulations = (
        Regulation.objects.on(on)
        .filter(valid_on(on, "committee__"), valid_on(on, "committee__area__"), meets_every__gt=0)
        .values_list("committee_id", "committee__area_id", "valid_from", "meets_every")
    )
    held = dict(
        Meeting.objects.filter(held_on__lte=on)
        .order_by()
        .values_list("committee_id")
        .annotate(last=Max("held_on"))
    )
    users: dict[int, set[int]] = {}
    members = Member.objects.filter(sits(on), user__isnull=False).order_by()
    for committee_id, user_id in members.values_list("committee_id", "user_id"):
        users.setdefault(committee_id, set()).add(user_id)
    return [
        DueMeeting(pk, area_id, frozenset(users.get(pk, ())))
        for pk, area_id, valid_from, every in regulations
        if months_after(max(valid_from, held.get(pk, valid_from)), every) <= until
    ]


def months_after(day: datetime.date, months: int) -> datetime.date:
    """The same day so many months later, or the last of that month when it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day.day, last))


def meetings_of(committee: Committee) -> QuerySet[Meeting]:
    """Meetings of a committee, the latest first, with who was in the chair."""
    return Meeting.objects.filter(committee=committee).select_related("chair")


def meeting_in(places: Places, committee_id: int, meeting_id: int) -> Meeting | None:
    """A meeting of a committee inside the places, or None; two queries."""
    return (
        Meeting.objects.filter(
            pk=meeting_id, committee_id=committee_id, committee__area_id__in=places.areas
        )
        .select_related("committee__area", "chair", "written_by")
        .prefetch_related("present")
        .first()
    )


def members_on(committee: Committee, day: datetime.date) -> QuerySet[Member]:
    """Members whose term holds on a day, by name."""
    return members_ever(committee).filter(valid_on(day))


def members_ever(committee: Committee) -> QuerySet[Member]:
    """All who are, were or will be members of a committee, by name."""
    return Member.objects.filter(committee=committee).order_by("name_key", "pk")
