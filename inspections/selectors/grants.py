"""Scope from assignments: who answers for a commune may see its figures."""

import datetime

from core.scope import Grant
from core.types import User
from core.validity import valid_on

from ..models import Assignment
from ..models.committees import sits


def grants_from_assignments(user: User, on: datetime.date) -> list[Grant]:
    """Yield a committee member's grant for each commune assigned on a day.

    Member, committee, assignment and that version of the commune must all be valid. One query.
    """
    communes = (
        Assignment.objects.on(on)
        .filter(sits(on, "member__"), valid_on(on, "commune__"), member__user=user)
        .values_list("commune_id", flat=True)
    )
    return [Grant("committee_member", area_id=commune_id) for commune_id in communes]
