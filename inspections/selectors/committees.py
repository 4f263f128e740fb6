"""Reading committees: members, their terms, their communes, and communes nobody has."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from django.contrib.auth import get_user_model
from django.db.models import DateField, F, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Least, NullIf

from core.dates import LAST_DAY
from core.scope import Places
from core.types import User
from core.validity import valid_on
from core.vietnamese import fold
from schools.areas.selectors.tree import AreaTree
from schools.enums import AreaLevel
from schools.models import Area

from ..models import Assignment, Committee, Member
from ..models.committees import sits
from .members import from_above

ONE_DAY = datetime.timedelta(days=1)
ROLES = list(Member.Role.values)


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class Ended(TypedDict):
        """The first day on which a row no longer holds; None while it has no end."""

        ended_on: datetime.date | None

    class Communes(TypedDict):
        communes: list[Assignment]

    class People(Ended):
        people: list["MemberWithCommunes"]

    EndedAssignment: TypeAlias = WithAnnotations[Assignment, Ended]
    EndedCommittee: TypeAlias = WithAnnotations[Committee, Ended]
    MemberWithCommunes: TypeAlias = WithAnnotations[Member, Communes]
    CommitteeWithPeople: TypeAlias = WithAnnotations[Committee, People]


def _not_over(on: datetime.date, prefix: str = "") -> Q:
    return Q(**{f"{prefix}valid_to": None}) | Q(**{f"{prefix}valid_to__gt": on})


def committees_in(places: Places, *, on: datetime.date) -> "list[CommitteeWithPeople]":
    """Committees inside the places not over on a day, highest area first; three queries.

    Each has `people`: members whose term is not over, by role and name, each with `communes`
    (assignments not over, by commune).
    """
    committees = list(
        _with_people(
            Committee.objects.filter(
                _not_over(on), _not_over(on, "area__"), area_id__in=places.areas
            ),
            on,
        )
    )
    return sorted(
        map(_sorted, committees),
        key=lambda each: (each.area.level, each.area.name_key, each.name_key),
    )


def committees_past(places: Places, *, on: datetime.date) -> "QuerySet[EndedCommittee]":
    """Committees inside the places that are over, or whose area has ended; newest first.

    A queryset with `ended_on`: the first day on which they were no more.
    """
    return (
        Committee.objects.filter(area_id__in=places.areas)
        .exclude(_not_over(on) & _not_over(on, "area__"))
        .annotate(ended_on=_ended_on())
        .select_related("area")
        .order_by("-ended_on", "-valid_from", "pk")
    )


def committee_in(
    places: Places, committee_id: int, *, on: datetime.date
) -> "CommitteeWithPeople | None":
    """One committee as in `committees_in`, or None outside the places; four queries.

    One that is over has the `people` and `communes` of its last day.
    """
    ended_on = (
        Committee.objects.filter(pk=committee_id, area_id__in=places.areas)
        .annotate(ended_on=_ended_on())
        .values_list("ended_on", flat=True)
        .first()
    )
    if ended_on is not None and ended_on <= on:
        on = ended_on - ONE_DAY
    found = _with_people(
        Committee.objects.filter(pk=committee_id, area_id__in=places.areas), on
    ).first()
    if found is None:
        return None
    return _sorted(found)


def assignments_past(committee: Committee, *, on: datetime.date) -> "QuerySet[EndedAssignment]":
    """Assignments of a committee that are over, by themselves, with the term or the commune.

    Newest first. A queryset with `ended_on`, the first day on which they no longer held.
    """
    return (
        Assignment.objects.filter(committee=committee)
        .annotate(
            ended_on=_first(F("valid_to"), F("member__valid_to"), F("commune__valid_to")),
        )
        .filter(ended_on__lte=on)
        .select_related("member", "commune")
        .order_by("-ended_on", "commune__name_key", "pk")
    )


def _ended_on() -> NullIf:
    return _first(F("valid_to"), F("area__valid_to"))


def _first(*days: F) -> NullIf:
    """The earliest of some days of which each may be open; NULL when all are."""
    far = Value(LAST_DAY, output_field=DateField())
    return NullIf(Least(*(Coalesce(day, far) for day in days)), far)


def _with_people(
    committees: QuerySet[Committee], on: datetime.date
) -> "QuerySet[CommitteeWithPeople]":
    assignments = (
        Assignment.objects.filter(_not_over(on))
        .select_related("commune")
        .order_by("commune__name_key", "valid_from")
    )
    members = Member.objects.filter(_not_over(on)).prefetch_related(
        Prefetch("assignments", assignments, to_attr="communes")
    )
    return (
        committees.annotate(ended_on=_ended_on())
        .select_related("area")
        .prefetch_related(Prefetch("members", members, to_attr="people"))
    )


def _sorted(committee: "CommitteeWithPeople") -> "CommitteeWithPeople":
    committee.people.sort(key=lambda member: (ROLES.index(member.role), member.name_key))
    return committee


@dataclass(frozen=True)
class Overlap:
    """A member who sits in another committee too.

    Attributes:
        there: the same person as a member of the other committee.
        is_one_level: whether both committees are of one level.
        communes: those in charge in both committees together; empty unless each has some.
    """

    member: Member
    there: Member
    is_one_level: bool
    communes: Sequence[Area]


def overlaps_of(
    committee: "CommitteeWithPeople", places: Places, *, on: datetime.date
) -> list[Overlap]:
    """Members of a committee who sit in another of the same level, or are in charge of communes in
    two; two queries.

    One person is whoever has one account; without an account, one name in one organisation. Only
    committees inside the places are looked at: of others the reader is told nothing.
    """
    people = [each for each in committee.people if each.valid_from <= on]
    accounts = {each.user_id for each in people if each.user_id is not None}
    names = {each.name_key for each in people if each.organisation}
    others = (
        Member.objects.filter(sits(on), Q(user__in=accounts) | Q(name_key__in=names))
        .filter(committee__area_id__in=places.areas)
        .exclude(committee=committee)
        .select_related("committee__area")
        .prefetch_related(
            Prefetch(
                "assignments",
                Assignment.objects.on(on).select_related("commune"),
                to_attr="communes",
            )
        )
        .order_by("committee__name_key", "pk")
    )
    found = []
    for there in others:
        for member in people:
            if not _is_one_person(member, there):
                continue
            both = [[row.commune for row in each.communes] for each in (member, there)]
            communes = {area.pk: area for areas in both for area in areas} if all(both) else {}
            is_one_level = there.committee.area.level == committee.area.level
            if is_one_level or communes:
                found.append(Overlap(member, there, is_one_level, list(communes.values())))
    return found


def _is_one_person(one: Member, other: Member) -> bool:
    if one.user_id is not None and other.user_id is not None:
        return one.user_id == other.user_id
    same_name = one.name_key == other.name_key
    return (
        same_name and bool(one.organisation) and fold(one.organisation) == fold(other.organisation)
    )


def member_in(places: Places, committee_id: int, member_id: int) -> Member | None:
    """A member of a committee inside the places, or None; one query."""
    return (
        Member.objects.filter(
            pk=member_id, committee_id=committee_id, committee__area_id__in=places.areas
        )
        .select_related("committee__area")
        .first()
    )


def assignment_in(places: Places, committee_id: int, assignment_id: int) -> Assignment | None:
    """An assignment of a committee inside the places, or None; one query."""
    return (
        Assignment.objects.filter(
            pk=assignment_id, committee_id=committee_id, committee__area_id__in=places.areas
        )
        .select_related("committee", "member", "commune")
        .first()
    )


def communes_without_anybody(places: Places, tree: AreaTree, *, on: datetime.date) -> list[Area]:
    """Communes inside the places for which no member answers on a day, by name; one query.

    Members of a commune's own committee are not asked: somebody above it answers for it.

    Args:
        tree: the `AreaTree` of that day.
    """
    answered = set(
        from_above(Assignment.objects.on(on))
        .filter(valid_on(on, "member__"), valid_on(on, "committee__"))
        .values_list("commune_id", flat=True)
    )
    return [area for area in tree.communes() if area.pk in places.areas and area.pk not in answered]


def communes_free(committee: Committee, tree: AreaTree, *, on: datetime.date) -> list[Area]:
    """Communes below a committee's area that no member of it has on a day or later."""
    taken = set(
        Assignment.objects.filter(_not_over(on), committee=committee).values_list(
            "commune_id", flat=True
        )
    )
    return [area for area in tree.communes(committee.area_id) if area.pk not in taken]


def areas_to_found_in(tree: AreaTree, area_ids: Iterable[int]) -> list[Area]:
    """Areas a committee may be founded for: those given and the ones below, by rank and name."""
    below = {pk for area_id in area_ids for pk in tree.below(area_id)}
    areas = [tree[pk] for pk in below]
    return sorted(
        (area for area in areas if area.level <= AreaLevel.COMMUNE),
        key=lambda area: (area.level, area.name_key),
    )


def account_named(username: str) -> User | None:
    """The active account of a user name, or None; one query."""
    return get_user_model().objects.filter(username=username, is_active=True).first()
