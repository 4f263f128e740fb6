"""Who answers for a commune, and who may be put in charge of a visit."""

import datetime

from django.db.models import F, QuerySet

from core.months import Month
from core.types import User
from core.validity import valid_during
from schools.areas.selectors.tree import AreaTree
from schools.models import Area

from ..models import Assignment, InspectionPlan, Member
from ..models.committees import sits


def from_above(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Without those that a commune's own committee made: it answers for itself anyway."""
    return assignments.exclude(committee__area=F("commune"))


def member_in_charge(month: Month, *, area: Area) -> dict[int, int]:
    """Dict commune id -> id of the member who answers for it in a month; one query.

    Assignment and member must be valid on a day of the month. Where two committees each
    have somebody, the committee of the plan's own area comes first. Nobody of the commune's own
    committee: who is inspected does not inspect.
    """
    rows = (
        from_above(Assignment.objects.during(month.first, month.end))
        .filter(valid_during(month.first, month.end, "member__"))
        .order_by("-valid_from", "pk")
        .values_list("commune_id", "member_id", "committee__area_id")
    )
    found: dict[int, int] = {}
    for commune_id, member_id, _area_id in sorted(rows, key=lambda row: row[2] != area.pk):
        found.setdefault(commune_id, member_id)
    return found


def in_charge_by_commune(area: Area, month: Month) -> dict[str, str]:
    """{title of a commune: the member who answers for it in a month}; for the monthly table.

    Two queries.
    """
    charged = member_in_charge(month, area=area)
    members = Member.objects.in_bulk(set(charged.values()))
    communes = Area.objects.in_bulk(list(charged))
    return {communes[pk].title: members[member_id].full_name for pk, member_id in charged.items()}


def members_for(plan: InspectionPlan, *, month: Month) -> list[Member]:
    """Members who may be put in charge of the plan's visits, by name; one or three queries.

    They answer for a commune of the plan's area on some day of the month: the assignment is
    what lets a member open the visit. A commune's own committee inspects nobody.
    """
    communes = AreaTree.on(month.first).below(plan.area_id)
    during = Assignment.objects.during(month.first, month.end)
    assigned = from_above(during).filter(commune_id__in=communes)
    members = Member.objects.during(month.first, month.end).filter(
        pk__in=assigned.values("member_id")
    )
    return sorted(members, key=lambda member: member.name_key)


def terms_of(user: User, on: datetime.date) -> QuerySet[Member]:
    """The terms in which a person sits in a committee on a day; one query."""
    return Member.objects.filter(sits(on), user=user).select_related("committee")
