"""Reading visits: a member's own, and those of the plans a reader may see.

A visit is a member's through the row of one term (`Member`). When that term is over the visit
is no longer the person's, also when the same person sits in another committee or has a new term.
"""

import datetime

from django.db.models import Prefetch, Q, QuerySet

from core.permissions import Permission as P
from core.scope import Scope
from core.types import User
from reports.models import Flag

from ..models import InspectionPlan, Recommendation, Visit
from ..models.committees import sits

APPROVED = InspectionPlan.State.APPROVED


def with_flags(visits: QuerySet[Visit]) -> QuerySet[Visit]:
    """The visits with their flags; one query more."""
    flags = Flag.objects.order_by("-month", "level", "rule")
    return visits.prefetch_related(Prefetch("flags", flags))


def in_charge(user: User, on: datetime.date, prefix: str = "") -> Q:
    """Q for visits (or rows of visits, with `prefix`) a user is in charge of on a day."""
    return sits(on, f"{prefix}member__") & Q(
        **{f"{prefix}member__user": user, f"{prefix}plan__state": APPROVED}
    )


def visits_of_member(user: User, on: datetime.date) -> QuerySet[Visit]:
    """Visits of approved plans a user is in charge of on a day, next first; two queries."""
    return with_flags(
        Visit.objects.filter(in_charge(user, on))
        .exclude(state=Visit.State.CANCELLED)
        .select_related("commune", "plan")
        .order_by("planned_on", "rank", "pk")
    )


def open_recommendations_of(user: User, on: datetime.date) -> QuerySet[Recommendation]:
    """Recommendations of a user's visits not carried out yet, soonest first; one query."""
    return Recommendation.objects.filter(
        in_charge(user, on, "visit__"), state=Recommendation.State.OPEN
    ).select_related("visit__commune")


def visits_seen_by(user: User, scope: Scope, *, state: str | None = None) -> QuerySet[Visit]:
    """Every visit the user is in charge of or may see the plan of, newest plan first."""
    visits = Visit.objects.filter(_seen_by(user, scope)).select_related("commune", "plan", "member")
    if state:
        visits = visits.filter(state=state)
    return visits.order_by("-plan__month", "plan_id", "rank", "pk").distinct()


def visit_for(user: User, scope: Scope, visit_id: int) -> Visit | None:
    """A visit the user is in charge of, or of a plan they may see; None elsewhere.

    Who is in charge sees it once the plan is approved. Two queries.
    """
    return (
        with_flags(Visit.objects.filter(_seen_by(user, scope), pk=visit_id))
        .select_related("commune", "member__committee", "plan__area", "recorded_by")
        .first()
    )


def _seen_by(user: User, scope: Scope) -> Q:
    read = scope.places_to_read(P.VIEW_PLANS)
    seen = in_charge(user, scope.date) | Q(plan__area_id__in=read.areas)
    if read.reading:
        # Of a unit that ended each visit goes to whoever answers for the commune now.
        seen |= Q(plan__area__valid_to__lte=read.date, commune_id__in=read.areas)
    return seen


def recommendations_of(visit: Visit) -> QuerySet[Recommendation]:
    """Recommendations of a visit, soonest first; one query."""
    return Recommendation.objects.filter(visit=visit).select_related("done_by")


def recommendation_for(user: User, scope: Scope, recommendation_id: int) -> Recommendation | None:
    """A recommendation the user may mark: as member in charge or drafter there; else None."""
    seen = in_charge(user, scope.date, "visit__") | Q(
        visit__plan__area_id__in=scope.places(P.DRAFT_PLANS).areas
    )
    return (
        Recommendation.objects.filter(seen, pk=recommendation_id)
        .select_related("visit__plan__area", "visit__member", "visit__commune")
        .first()
    )
