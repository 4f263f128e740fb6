"""Reading committees: members, their terms, their communes, and communes nobody has."""

from django.contrib.auth import get_user_model
from django.db.models import Prefetch, Q

from schools.enums import AreaLevel
from schools.temporal import valid_on
from schools.vietnamese import sort_key

from ..models import Assignment, Committee, Member

ROLES = list(Member.Role.values)


def _not_over(on):
    return Q(valid_to=None) | Q(valid_to__gt=on)


def committees_in(places, *, on):
    """Committees inside the places not over on a day, highest area first; three queries.

    Each has `people`: members whose term is not over, by role and name, each with `communes`
    (assignments not over, by commune code).
    """
    committees = list(
        _with_people(Committee.objects.filter(_not_over(on), area_id__in=places.areas), on)
    )
    return sorted(map(_sorted, committees), key=lambda each: (each.area.level, each.area.code))


def committee_in(places, committee_id, *, on):
    """One committee as in `committees_in`, or None outside the places; three queries."""
    found = _with_people(
        Committee.objects.filter(pk=committee_id, area_id__in=places.areas), on
    ).first()
    return _sorted(found) if found else None


def _with_people(committees, on):
    assignments = (
        Assignment.objects.filter(_not_over(on))
        .select_related("commune")
        .order_by("commune__code", "valid_from")
    )
    members = Member.objects.filter(_not_over(on)).prefetch_related(
        Prefetch("assignments", assignments, to_attr="communes")
    )
    return committees.select_related("area").prefetch_related(
        Prefetch("members", members, to_attr="people")
    )


def _sorted(committee):
    committee.people.sort(key=lambda member: (ROLES.index(member.role), sort_key(member.full_name)))
    return committee


def member_in(places, committee_id, member_id):
    """A member of a committee inside the places, or None; one query."""
    return (
        Member.objects.filter(
            pk=member_id, committee_id=committee_id, committee__area_id__in=places.areas
        )
        .select_related("committee__area")
        .first()
    )


def assignment_in(places, committee_id, assignment_id):
    """An assignment of a committee inside the places, or None; one query."""
    return (
        Assignment.objects.filter(
            pk=assignment_id, committee_id=committee_id, committee__area_id__in=places.areas
        )
        .select_related("committee", "member", "commune")
        .first()
    )


def communes_without_anybody(places, tree, *, on):
    """Communes inside the places for which no member answers on a day, by code; one query.

    Args:
        tree: the `AreaTree` of that day.
    """
    answered = set(
        Assignment.objects.on(on)
        .filter(valid_on(on, "member__"), valid_on(on, "committee__"))
        .values_list("commune_id", flat=True)
    )
    return [area for area in tree.communes() if area.pk in places.areas and area.pk not in answered]


def communes_free(committee, tree, *, on):
    """Communes below a committee's area that no member of it has on a day or later."""
    taken = set(
        Assignment.objects.filter(_not_over(on), committee=committee).values_list(
            "commune_id", flat=True
        )
    )
    return [area for area in tree.communes(committee.area_id) if area.pk not in taken]


def areas_to_found_in(tree, area_ids):
    """Areas a committee may be founded for: those given and the ones below, by rank and code."""
    below = {pk for area_id in area_ids for pk in tree.below(area_id)}
    areas = [tree.get(pk) for pk in below]
    return sorted(
        (area for area in areas if area.level <= AreaLevel.COMMUNE),
        key=lambda area: (area.level, area.code),
    )


def account_named(username):
    """The active account of a user name, or None; one query."""
    return get_user_model().objects.filter(username=username, is_active=True).first()
