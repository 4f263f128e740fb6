"""What the flags of a place ask of somebody who drafts plans (see `reports.suggested_actions`)."""

import datetime
from collections.abc import Collection, Iterator, Sequence

from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.months import Month
from core.permissions import Permission as P
from core.scope import Scope
from reports.models import Flag
from reports.suggested_actions import Action
from schools.models import School

from .models import InspectionPlan, Recommendation, Visit
from .models.visits import overdue
from .selectors.plans import flags_waiting, plans_visiting
from .selectors.visits import recommendations_to, visits_to

# How long the first page tells of what became of a visit, and of how many.
LATELY = datetime.timedelta(days=14)
VISITS_TOLD = 3


def plan_the_flags(scope: Scope, *, area_id: int | None) -> Iterator[Action]:
    """Yield the step from flags not yet in a plan to their list; one query for who drafts."""
    if not scope.may(P.DRAFT_PLANS):
        return
    text = waiting_sentence(waiting_in(scope, area_id))
    if text:
        yield Action(
            title=_("Plan inspections."),
            text=text,
            url=reverse("inspections:waiting") + (f"?area={area_id}" if area_id else ""),
            action=_("See the communes"),
        )


def answer_recommendations(scope: Scope, *, area_id: int | None) -> Iterator[Action]:
    """Yield the step to recommendations the reader has not answered; one query for who answers."""
    if not scope.may(P.ANSWER_RECOMMENDATIONS):
        return
    waiting = (
        recommendations_to(scope)
        .filter(state=Recommendation.State.OPEN)
        .order_by()
        .aggregate(all=Count("pk"), late=Count("pk", filter=overdue(scope.date)))
    )
    if not waiting["all"]:
        return
    text = ngettext(
        "%(count)s recommendation of an inspection is to be answered.",
        "%(count)s recommendations of inspections are to be answered.",
        waiting["all"],
    ) % {"count": waiting["all"]}
    if late := waiting["late"]:
        text += " " + ngettext("%(count)s is overdue.", "%(count)s are overdue.", late) % {
            "count": late
        }
    yield Action(
        title=_("After the inspection"),
        text=text,
        url=reverse("inspections:recommendations"),
        action=_("Answer"),
    )


def visits_to_us(scope: Scope, *, area_id: int | None) -> Iterator[Action]:
    """Yield the step to inspections that are to come to the reader's commune, or were called off or
    recorded lately; one query for who answers."""
    if not scope.may(P.ANSWER_RECOMMENDATIONS):
        return
    since = timezone.now() - LATELY
    rows = list(
        visits_to(scope)
        .filter(
            Q(state=Visit.State.PLANNED, planned_on__gte=scope.date)
            | Q(state=Visit.State.DONE, recorded_at__gte=since)
            | Q(state=Visit.State.CANCELLED, called_off_at__gte=since)
        )
        .order_by(F("planned_on").asc(nulls_last=True), "pk")
        .values_list("state", "planned_on", "visited_on", "moved_from")
    )
    if not rows:
        return
    said = [_told_of_visit(*row) for row in rows[:VISITS_TOLD]]
    yield Action(
        title=_("Inspections here"),
        text=" ".join(said),
        url=reverse("inspections:visits_here"),
        action=_("See the inspections"),
    )


def _told_of_visit(
    state: str,
    planned_on: datetime.date | None,
    visited_on: datetime.date | None,
    moved_from: datetime.date | None,
) -> str:
    days = {"day": _day(visited_on or planned_on), "before": _day(moved_from)}
    if state == Visit.State.PLANNED and moved_from is not None:
        return _("An inspection comes on %(day)s, not on %(before)s.") % days
    if state == Visit.State.PLANNED:
        return _("An inspection comes on %(day)s.") % days
    if state == Visit.State.CANCELLED:
        return _("The inspection of %(day)s was called off.") % days
    return _("The results of the inspection of %(day)s are there.") % days


def _day(day: datetime.date | None) -> str:
    """A day as a sentence says it; of visits of before that were called off it may be unknown."""
    return "…" if day is None else f"{day:%d/%m/%Y}"


def visits_to_our_school(scope: Scope, school: School) -> Iterator[Action]:
    """The same on the page of the reader's own school."""
    if school.pk in scope.places(P.ANSWER_RECOMMENDATIONS).schools:
        yield from visits_to_us(scope, area_id=None)


def answer_recommendations_of_school(scope: Scope, school: School) -> Iterator[Action]:
    """The same on the page of the reader's own school."""
    if school.pk in scope.places(P.ANSWER_RECOMMENDATIONS).schools:
        yield from answer_recommendations(scope, area_id=None)


def waiting_in(scope: Scope, area_id: int | None = None) -> list[Flag]:
    """Flags that wait for a plan where the reader drafts them, or in an area of today there."""
    own = scope.places(P.DRAFT_PLANS).areas
    return flags_waiting(own, among=None if area_id is None else scope.tree.below(area_id))


def waiting_sentence(flags: Sequence[Flag]) -> str:
    """How many communes wait for a plan, and of which month their flags are; "" for none."""
    if not flags:
        return ""
    count = len({flag.commune_id for flag in flags})
    return ngettext(
        "%(count)s commune with flags of %(month)s, all levels, is not yet in a plan.",
        "%(count)s communes with flags of %(month)s, all levels, are not yet in a plan.",
        count,
    ) % {"count": count, "month": Month.of(flags[0].month).label}


def planned_already(scope: Scope, *, communes: Collection[int], month: Month) -> dict[int, Action]:
    """Dict commune id -> `Action` that tells of its plan, for who works with plans; one query.

    It leads to the plan where the reader may see it: a cluster is told of the province's.
    """
    if not communes or not scope.may(P.VIEW_PLANS):
        return {}
    seen = scope.places_to_read(P.VIEW_PLANS).areas
    return {
        commune_id: _told(plan, may_see=plan.area_id in seen)
        for commune_id, plan in plans_visiting(communes, month=month.first).items()
    }


def _told(plan: InspectionPlan, *, may_see: bool) -> Action:
    return Action(
        title="",
        text=_("In the inspection plan of %(month)s.") % {"month": Month.of(plan.month).label},
        url=reverse("inspections:plan", args=[plan.pk]) if may_see else "",
        action=_("See the plan") if may_see else "",
    )
