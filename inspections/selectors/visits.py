"""Reading visits: a member's own, and those of the plans a reader may see.

A visit is a member's through the row of one term (`Member`). When that term is over the visit
is no longer the person's, also when the same person sits in another committee or has a new term.
"""

import datetime
from collections.abc import Collection

from django.db.models import Case, Expression, F, Prefetch, Q, QuerySet, When
from django.utils import timezone

from core.changes import by_events, latest
from core.permissions import Permission as P
from core.scope import Scope
from core.types import User
from core.validity import valid_on
from reports.models import Flag
from schools.models import School

from ..models import (
    HeadCount,
    InspectionPlan,
    MinutesScan,
    Recommendation,
    RecommendationProof,
    Supplement,
    Visit,
)
from ..models.committees import sits
from ..models.visits import overdue

APPROVED = InspectionPlan.State.APPROVED
# When something of a row was changed, beside the events about it.
VISIT_MOMENTS = (
    *("plan__drafted_at", "plan__approved_at", "recorded_at", "called_off_at", "moved_at"),
)
RECOMMENDATION_MOMENTS = ("visit__recorded_at", "answered_at", "done_at", "reopened_at")


def with_flags(visits: QuerySet[Visit]) -> QuerySet[Visit]:
    """The visits with their flags; one query more."""
    flags = Flag.objects.order_by("-month", "level", "indicator", "rule")
    return visits.prefetch_related(Prefetch("flags", flags))


def in_charge(user: User, on: datetime.date, prefix: str = "") -> Q:
    """Q for visits (or rows of visits, with `prefix`) a user is in charge of on a day."""
    return sits(on, f"{prefix}member__") & Q(
        **{f"{prefix}member__user": user, f"{prefix}plan__state": APPROVED}
    )


def taking_part(user: User, on: datetime.date) -> Q:
    """Q for visits a user is in charge of or goes along to on a day."""
    along = Visit.objects.filter(sits(on, "team__"), team__user=user, plan__state=APPROVED)
    return in_charge(user, on) | Q(pk__in=along.values("pk"))


def visits_of_member(user: User, on: datetime.date) -> QuerySet[Visit]:
    """Visits of approved plans a user takes part in on a day, next first; two queries."""
    return with_flags(
        Visit.objects.filter(taking_part(user, on))
        .exclude(state=Visit.State.CANCELLED)
        .select_related("commune", "plan")
        .order_by("planned_on", "rank", "pk")
    )


def recommendations_of_member(user: User, on: datetime.date) -> QuerySet[Recommendation]:
    """Recommendations of a user's visits not confirmed as carried out yet: answered ones first,
    which wait for whoever inspected, then by the day they are due; two queries."""
    waits = Case(When(state=Recommendation.State.ANSWERED, then=0), default=1)
    return (
        Recommendation.objects.filter(in_charge(user, on, "visit__"))
        .exclude(state=Recommendation.State.DONE)
        .select_related("visit__commune", "visit__plan", "visit__member__committee")
        .select_related("school", "answered_by")
        .order_by(waits, "due_on", "pk")
        .prefetch_related("proofs")
    )


def visits_seen_by(user: User, scope: Scope, *, state: str | None = None) -> QuerySet[Visit]:
    """Every visit the user takes part in or may see the plan of, newest plan first."""
    visits = Visit.objects.filter(_seen_by(user, scope)).select_related("commune", "plan", "member")
    if state:
        visits = visits.filter(state=state)
    return visits.order_by("-plan__month", "plan_id", "rank", "pk").distinct()


def visits_told_to(user: User, scope: Scope, *, state: str | None = None) -> QuerySet[Visit]:
    """`visits_seen_by`, and those that those inspected read on their page (`visits_to`).

    Each with `reads_reason`: why the commune was chosen speaks of other schools too, and is told
    to the commune and to who inspects.
    """
    seen = _seen_by(user, scope)
    whole = seen | Q(commune_id__in=scope.places_to_read(P.ANSWER_RECOMMENDATIONS).areas)
    visits = Visit.objects.filter(seen | _told_to_inspected(scope))
    if state:
        visits = visits.filter(state=state)
    return (
        visits.annotate(
            reads_reason=Case(When(whole, then=True), default=False),
            updated_at=latest(by_events(Visit), *VISIT_MOMENTS),
        )
        .select_related("commune", "plan", "member")
        .order_by("-plan__month", "plan_id", "rank", "pk")
    )


def visit_for(user: User, scope: Scope, visit_id: int) -> Visit | None:
    """A visit the user is in charge of, or of a plan they may see; None elsewhere.

    Who is in charge sees it once the plan is approved. Two queries.
    """
    return (
        with_flags(Visit.objects.filter(_seen_by(user, scope), pk=visit_id))
        .select_related(
            "commune",
            "member__committee",
            "plan__area",
            "recorded_by",
            "called_off_by",
            "moved_by",
        )
        .first()
    )


def schools_of(visit: Visit) -> QuerySet[School]:
    """Schools of the commune on the day its visit was or is to be made, by name; one query."""
    on = visit.visited_on or visit.planned_on or timezone.localdate()
    return (
        School.objects.filter(valid_on(on, "placements__"), placements__commune_id=visit.commune_id)
        .filter(valid_on(on))
        .order_by("name_key", "pk")
    )


def _seen_by(user: User, scope: Scope) -> Q:
    read = scope.places_to_read(P.VIEW_PLANS)
    seen = taking_part(user, scope.date) | Q(plan__area_id__in=read.areas)
    if read.reading:
        # Of a unit that ended each visit goes to whoever answers for the commune now.
        seen |= Q(plan__area__valid_to__lte=read.date, commune_id__in=read.areas)
    return seen


def recommendations_of(visit: Visit) -> QuerySet[Recommendation]:
    """Recommendations of a visit, soonest first; one query."""
    return visit.recommendations.select_related(
        "done_by", "answered_by", "school"
    ).prefetch_related("proofs")


def visits_to(scope: Scope) -> QuerySet[Visit]:
    """Visits of approved plans to the reader's commune, newest first; one query.

    Of the reader's school those that were made and counted its pupils or ask it for something.
    """
    return (
        Visit.objects.filter(_told_to_inspected(scope))
        .select_related("commune", "plan__area", "member__committee", "recorded_by")
        .order_by("-plan__month", F("planned_on").desc(nulls_last=True), "-pk")
    )


def _told_to_inspected(scope: Scope) -> Q:
    places = scope.places_to_read(P.ANSWER_RECOMMENDATIONS)
    to = Q(commune_id__in=places.areas)
    if places.schools:
        asked = Recommendation.objects.filter(school_id__in=places.schools)
        counted = HeadCount.objects.filter(school_id__in=places.schools)
        late = Supplement.objects.filter(school_id__in=places.schools)
        concerned = Q()
        for found in (asked, counted, late):
            concerned |= Q(pk__in=found.values("visit"))
        to |= concerned & Q(state=Visit.State.DONE)
    return Q(plan__state=APPROVED) & to


def visit_to(scope: Scope, visit_id: int) -> Visit | None:
    """One of `visits_to`; None elsewhere."""
    return visits_to(scope).filter(pk=visit_id).prefetch_related("team").first()


def scan_for(user: User, scope: Scope, visit_id: int, scan_id: int) -> MinutesScan | None:
    """Signed minutes of a visit, for who sees it and for the commune it was to; None elsewhere."""
    own = scope.places_to_read(P.ANSWER_RECOMMENDATIONS).areas
    seen = Q(visit__in=Visit.objects.filter(_seen_by(user, scope))) | Q(visit__commune__in=own)
    return MinutesScan.objects.filter(seen, visit=visit_id, pk=scan_id).first()


def is_of_own_commune(scope: Scope, visit: Visit) -> bool:
    """Whether the reader answers for the whole commune of a visit, not for a school of it."""
    return visit.commune_id in scope.places_to_read(P.ANSWER_RECOMMENDATIONS).areas


def recommendations_to(scope: Scope, *, severity: str | None = None) -> QuerySet[Recommendation]:
    """Recommendations the reader answers, for a school or its commune; open ones first, soonest
    first. One query.

    Args:
        severity: those of it alone, "" for those not rated; None for all.
    """
    order = Case(
        *(When(state=state, then=place) for place, state in enumerate(Recommendation.State.values))
    )
    return (
        Recommendation.objects.filter(_addressed_to(scope), of_severity(severity))
        .select_related("visit__commune", "visit__plan", "school", "answered_by", "done_by")
        .order_by(order, "due_on", "pk")
        .prefetch_related("proofs")
    )


def of_severity(severity: str | None) -> Q:
    """Q for recommendations of a severity, "" for those not rated; None for all."""
    return Q() if severity is None else Q(severity=severity)


def recommendations_told_to(
    user: User,
    scope: Scope,
    *,
    area_ids: Collection[int] | None = None,
    state: str = "",
    severity: str | None = None,
    late: bool | None = None,
) -> QuerySet[Recommendation]:
    """Recommendations the caller answers, inspected for or follows as an office; soonest first,
    each with its `updated_at`.

    Args:
        area_ids: only those to communes among these.
        state: of `Recommendation.State`; "" for all.
        severity: see `of_severity`.
        late: only those overdue today, or only those that are not.
    """
    told = _addressed_to(scope) | followed_by(scope) | in_charge(user, scope.date, "visit__")
    found = Recommendation.objects.filter(told, of_severity(severity))
    if area_ids is not None:
        found = found.filter(visit__commune_id__in=area_ids)
    if state:
        found = found.filter(state=state)
    if late is not None:
        is_late = overdue(scope.date)
        found = found.filter(is_late if late else ~is_late)
    return (
        found.select_related("visit__commune", "school")
        .annotate(updated_at=_changed())
        .order_by("due_on", "pk")
    )


def recommendation_to(scope: Scope, recommendation_id: int) -> Recommendation | None:
    """One of `recommendations_to`, with its `updated_at`; None elsewhere."""
    found = recommendations_to(scope).filter(pk=recommendation_id)
    return found.annotate(updated_at=_changed()).first()


def _changed() -> Expression:
    return latest(by_events(Recommendation), *RECOMMENDATION_MOMENTS)


def proof_for(user: User, scope: Scope, proof_id: int) -> RecommendationProof | None:
    """A file sent with an answer, for whoever reads the recommendation; None elsewhere."""
    addressed_or_followed = _addressed_to(scope) | followed_by(scope)
    read = Q(recommendation__in=Recommendation.objects.filter(addressed_or_followed)) | Q(
        recommendation__visit__in=Visit.objects.filter(_seen_by(user, scope))
    )
    return RecommendationProof.objects.filter(read, pk=proof_id).first()


def followed_by(scope: Scope) -> Q:
    """Q for recommendations to communes of the reader's office, and for those of its plans."""
    areas = scope.places_to_read(P.VIEW_PLANS).areas
    return Q(visit__commune_id__in=areas) | Q(visit__plan__area_id__in=areas)


def _addressed_to(scope: Scope) -> Q:
    places = scope.places_to_read(P.ANSWER_RECOMMENDATIONS)
    return Q(school_id__in=places.schools) | Q(visit__commune_id__in=places.areas)


def recommendation_for(user: User, scope: Scope, recommendation_id: int) -> Recommendation | None:
    """A recommendation the user may mark: as member in charge or drafter there; else None."""
    seen = in_charge(user, scope.date, "visit__") | Q(
        visit__plan__area_id__in=scope.places(P.DRAFT_PLANS).areas
    )
    return (
        Recommendation.objects.filter(seen, pk=recommendation_id)
        .select_related("visit__plan__area", "visit__member__committee", "visit__commune")
        .first()
    )
