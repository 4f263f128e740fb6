"""What waits for many people at once, for their digests: visits, recommendations."""

import datetime
from collections import Counter, defaultdict

from django.db.models import F

from ..models import Recommendation, Visit
from ..models.committees import sits
from .visits import APPROVED

State = Recommendation.State


def coming_visits(
    first: datetime.date, last: datetime.date, *, on: datetime.date
) -> dict[int, set[int]]:
    """{id of a user: ids of visits planned from one day to another that the person takes part in}.

    In charge or going along, as `taking_part`; two queries.
    """
    visits = Visit.objects.filter(
        state=Visit.State.PLANNED, plan__state=APPROVED, planned_on__range=(first, last)
    ).order_by()
    found: dict[int, set[int]] = defaultdict(set)
    for prefix in ("member", "team"):
        rows = visits.filter(sits(on, f"{prefix}__"), **{f"{prefix}__user__isnull": False})
        for user_id, visit_id in rows.values_list(f"{prefix}__user", "pk"):
            found[user_id].add(visit_id)
    return found


def answers_to_confirm(on: datetime.date) -> Counter[int]:
    """{id of a user: answered recommendations that the person, in charge, confirms}; one query."""
    rows = (
        Recommendation.objects.filter(
            sits(on, "visit__member__"),
            state=State.ANSWERED,
            visit__plan__state=APPROVED,
            visit__member__user__isnull=False,
        )
        # Another person than the one who answered confirms it.
        .exclude(answered_by__isnull=False, answered_by=F("visit__member__user"))
        .order_by()
        .values_list("visit__member__user", flat=True)
    )
    return Counter(rows)


def unanswered() -> list[tuple[int, int | None]]:
    """(commune, school or None) of each recommendation that is not answered; one query."""
    rows = Recommendation.objects.filter(state=State.OPEN).order_by()
    return list(rows.values_list("visit__commune", "school"))
