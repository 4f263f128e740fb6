"""Reading visits: a member's own, and those of the plans a reader may see."""

from django.db.models import Prefetch, Q

from reports.models import Flag
from schools.permissions import Permission as P

from ..models import InspectionPlan, Recommendation, Visit

APPROVED = InspectionPlan.State.APPROVED


def with_flags(visits):
    """The visits with their flags; one query more."""
    flags = Flag.objects.order_by("-month", "level", "rule")
    return visits.prefetch_related(Prefetch("flags", flags))


def visits_of_member(user):
    """Visits of approved plans a user is in charge of, next first; two queries."""
    return with_flags(
        Visit.objects.filter(member__user=user, plan__state=APPROVED)
        .exclude(state=Visit.State.CANCELLED)
        .select_related("commune", "plan")
        .order_by("planned_on", "rank", "pk")
    )


def open_recommendations_of(user):
    """Recommendations of a user's visits not carried out yet, soonest first; one query."""
    return Recommendation.objects.filter(
        visit__member__user=user, state=Recommendation.State.OPEN
    ).select_related("visit__commune")


def visits_seen_by(user, scope, *, state=None):
    """Every visit the user is in charge of or may see the plan of, newest plan first."""
    visits = Visit.objects.filter(_seen_by(user, scope)).select_related("commune", "plan", "member")
    if state:
        visits = visits.filter(state=state)
    return visits.order_by("-plan__month", "plan_id", "rank", "pk").distinct()


def visit_for(user, scope, visit_id):
    """A visit the user is in charge of, or of a plan he may see; None elsewhere.

    Who is in charge sees it once the plan is approved. Two queries.
    """
    return (
        with_flags(Visit.objects.filter(_seen_by(user, scope), pk=visit_id))
        .select_related("commune", "member", "plan__area", "recorded_by")
        .first()
    )


def _seen_by(user, scope):
    read = scope.places_to_read(P.VIEW_PLANS)
    seen = Q(member__user=user, plan__state=APPROVED) | Q(plan__area_id__in=read.areas)
    if read.reading:
        # Of a unit that ended each visit goes to whoever answers for the commune now.
        seen |= Q(plan__area__valid_to__lte=read.date, commune_id__in=read.areas)
    return seen


def recommendations_of(visit):
    """Recommendations of a visit, soonest first; one query."""
    return Recommendation.objects.filter(visit=visit)


def recommendation_for(user, scope, recommendation_id):
    """A recommendation the user may mark: as member in charge or drafter there; else None."""
    seen = Q(visit__member__user=user, visit__plan__state=APPROVED) | Q(
        visit__plan__area_id__in=scope.places(P.DRAFT_PLANS).areas
    )
    return (
        Recommendation.objects.filter(seen, pk=recommendation_id)
        .select_related("visit__plan", "visit__member")
        .first()
    )
