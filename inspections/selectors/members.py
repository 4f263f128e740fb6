"""Who answers for a commune, and who may be put in charge of a visit."""

import datetime
from collections.abc import Sequence
from typing import TypeAlias

from django.db.models import F, QuerySet

from core.months import Month
from core.types import User
from core.validity import ValidInTime, valid_during
from schools.areas.selectors.tree import AreaTree
from schools.models import Area

from ..models import Assignment, InspectionPlan, Member
from ..models.committees import sits

# A person: by the account, or the row of a member who has none.
Who: TypeAlias = tuple[str, int | None]


def from_above(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Without those that a commune's own committee made: it answers for itself anyway."""
    return assignments.exclude(committee__area=F("commune"))


def member_in_charge(month: Month, *, area: Area) -> dict[int, int]:
    """Dict commune id -> id of the member who answers for it in a month; one query.

    Assignment and member must be valid on a day of the month. Where two committees each
    have somebody, the committee of the plan's own area comes first. Nobody of the commune's own
    committee: who is inspected does not inspect.
    """
    return members_in_charge([month], area=area)[month]


def members_in_charge(months: Sequence[Month], *, area: Area) -> dict[Month, dict[int, int]]:
    """`member_in_charge` of each of some months in a row; one query."""
    start, end = months[0].first, months[-1].end
    rows = (
        from_above(Assignment.objects.during(start, end))
        .filter(valid_during(start, end, "member__"))
        .select_related("member", "committee")
        .order_by("-valid_from", "pk")
    )
    own_first = sorted(rows, key=lambda row: row.committee.area_id != area.pk)
    found: dict[Month, dict[int, int]] = {month: {} for month in months}
    for month, of_month in found.items():
        for row in own_first:
            if holds_in(row, month) and holds_in(row.member, month):
                of_month.setdefault(row.commune_id, row.member_id)
    return found


def holds_in(row: ValidInTime, month: Month) -> bool:
    """Whether a row is valid on some day of a month."""
    return row.meets(month.first, month.end)


def who(member: Member) -> Who:
    """The person a member is: of one account in every committee; without one the member alone."""
    return ("user", member.user_id) if member.user_id else ("member", member.pk)


def in_charge_by_commune(area: Area, month: Month) -> dict[str, str]:
    """{code of a commune: the member who answers for it in a month}; for the monthly table.

    Two queries.
    """
    charged = member_in_charge(month, area=area)
    members = Member.objects.in_bulk(set(charged.values()))
    communes = Area.objects.in_bulk(list(charged))
    return {communes[pk].code: members[member_id].full_name for pk, member_id in charged.items()}


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
