"""Reading plans of action and tasks: the places first, and what a member answers for."""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    When,
)

from core.permissions import Permission as P
from core.scope import AreaTree as Tree
from core.scope import Places, Scope
from core.validity import valid_on
from reports.models import Flag, MonthAssessment
from schools.enums import AreaLevel
from schools.models import Area, School

from ..models import ActionItem, ActionPlan, ActionProgress, Member, Recommendation
from ..models.committees import sits
from ..selectors.above import areas_above, levels_above
from .limits import escalated_before

Plan, Item = ActionPlan.State, ActionItem.State
# Assessments older than this are no longer offered to be made into tasks.
ASSESSED_LATELY = datetime.timedelta(days=120)

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class ItemCounts(TypedDict):
        """What `plans_in` adds to a row: tasks not cancelled, those verified, those late."""

        item_count: int
        verified_count: int
        late_count: int

    PlanWithCounts: TypeAlias = WithAnnotations[ActionPlan, ItemCounts]


@dataclass(frozen=True)
class Task:
    """A task as it stands on a day.

    Attributes:
        late: days since it was due, 0 while it is not late.
        above: the area it is shown to because nobody did it for too long, or None.
    """

    item: ActionItem
    late: int
    above: Area | None


def plans_in(
    places: Places, *, year: int, on: datetime.date, area_id: int | None = None
) -> "QuerySet[PlanWithCounts]":
    """Plans of areas inside the places that hold on a day of a calendar year, highest area
    first; counts of their tasks are added."""
    plans = ActionPlan.objects.filter(
        area_id__in=places.areas,
        valid_from__lt=datetime.date(year + 1, 1, 1),
        valid_to__gt=datetime.date(year, 1, 1),
    )
    if area_id is not None:
        plans = plans.filter(area_id=area_id)
    return (
        plans.select_related("area")
        .annotate(
            item_count=Count("items", filter=~Q(items__state=Item.CANCELLED)),
            verified_count=Count("items", filter=Q(items__state=Item.VERIFIED)),
            # Tasks of a draft wait for it, and are not late.
            late_count=Count(
                "items",
                filter=Q(items__state=Item.OPEN, items__due_on__lt=on) & ~Q(state=Plan.DRAFT),
            ),
        )
        .order_by("area__level", "area__name_key", "-valid_from", "-pk")
    )


def areas_without_plan(places: Places, tree: Tree, *, year: int) -> list[Area]:
    """Areas of a day inside the places, but villages, that have no plan of a calendar year, not
    even a draft; highest first, then by name. One query."""
    have = set(
        ActionPlan.objects.filter(
            area_id__in=places.areas,
            valid_from__lt=datetime.date(year + 1, 1, 1),
            valid_to__gt=datetime.date(year, 1, 1),
        )
        .exclude(state=Plan.WITHDRAWN)
        .values_list("area_id", flat=True)
    )
    inside = [tree.get(area_id) for area_id in places.areas if area_id in tree]
    return sorted(
        (each for each in inside if each.pk not in have and each.level <= AreaLevel.COMMUNE),
        key=lambda area: (area.level, area.name_key, area.pk),
    )


def plan_in(places: Places, plan_id: int) -> ActionPlan | None:
    """The plan with its area and who drafted it, or None outside the places; one query."""
    return (
        ActionPlan.objects.filter(pk=plan_id, area_id__in=places.areas)
        .select_related("area", "drafted_by", "document_by")
        .first()
    )


def items_of(plan: ActionPlan) -> QuerySet[ActionItem]:
    """Tasks of a plan: those to be done first, soonest first; one query."""
    return _in_order(_whole(ActionItem.objects.filter(plan=plan)))


def items_of_recommendations(recommendation_ids: Collection[int]) -> QuerySet[ActionItem]:
    """Tasks that some recommendations were made into, in order; one query."""
    return _in_order(_whole(ActionItem.objects.filter(recommendation__in=recommendation_ids)))


def items_seen(
    scope: Scope,
    *,
    area_ids: Collection[int] | None = None,
    state: str = "",
    late: bool | None = None,
) -> QuerySet[ActionItem]:
    """Tasks the reader may see: of their places, of their school, or their own as a member.

    Args:
        area_ids: only tasks done in these areas.
        state: of `ActionItem.State`; "" for all.
        late: only those late today, or only those that are not.
    """
    items = ActionItem.objects.filter(_seen_by(scope))
    if area_ids is not None:
        items = items.filter(area_id__in=area_ids)
    if state:
        items = items.filter(state=state)
    if late is not None:
        is_late = Q(state=Item.OPEN, due_on__lt=scope.date) & (
            Q(plan=None) | ~Q(plan__state=Plan.DRAFT)
        )
        items = items.filter(is_late if late else ~is_late)
    return _in_order(_whole(items))


def item_for(scope: Scope, item_id: int) -> ActionItem | None:
    """A task the reader may see, or None elsewhere; one query."""
    return items_seen(scope).filter(pk=item_id).first()


def tasks_of(scope: Scope) -> QuerySet[ActionItem]:
    """Open tasks the reader answers for, soonest first: those of the areas and schools named in
    the reader's own roles and of what went into these, and those given to them as a member. Tasks
    of drafts wait. One query, and those of the history for who answers for an area."""
    return _whole(_to_be_done().filter(_answered_by(scope))).order_by("due_on", "pk")


def count_late(people: Mapping[int, Scope], *, on: datetime.date) -> dict[int, int]:
    """{id of a user: tasks of `tasks_of` whose day is over} for {id of a user: scope of the day}.

    One query and those of the history that the scopes share, whatever the number of people.
    """
    rows = list(
        _to_be_done()
        .filter(due_on__lt=on)
        .annotate(member_sits=ExpressionWrapper(sits(on, "member__"), BooleanField()))
        .values_list("area_id", "school_id", "member__user_id", "member_sits")
    )
    found = {}
    for user_id, scope in people.items():
        areas = _answered_for(scope)
        schools = scope.places(P.REPORT_ACTIONS).schools
        found[user_id] = sum(
            area in areas or school in schools or (member == user_id and bool(member_sits))
            for area, school, member, member_sits in rows
        )
    return found


def days_of_tasks(scope: Scope) -> tuple[list[datetime.date], int]:
    """(days on which the tasks of `tasks_of` are due, how many `escalated_to` has).

    One query, those of the history for who answers for an area, and one for the rule when something
    below is late: every start page asks.
    """
    below = _shown_from(scope)
    rows = (
        _to_be_done()
        .filter(_answered_by(scope) | Q(area_id__in=below, due_on__lt=scope.date))
        .annotate(is_own=ExpressionWrapper(_answered_by(scope), output_field=BooleanField()))
        .values_list("is_own", "area_id", "due_on")
    )
    own, late = [], []
    for is_own, area_id, due_on in rows:
        if is_own:
            own.append(due_on)
        if area_id in below and due_on < scope.date:
            late.append(due_on)
    border = escalated_before(scope.date) if late else scope.date
    return own, sum(day < border for day in late)


def to_verify(scope: Scope) -> QuerySet[ActionItem]:
    """Tasks reported as done by somebody else than the reader, who may verify them."""
    areas = scope.places_to_read(P.MANAGE_ACTIONS).areas
    of_places = (
        Q(plan__area_id__in=areas)
        | Q(recommendation__visit__commune_id__in=areas)
        | Q(assessment__area_id__in=areas)
    )
    user = scope.user
    return (
        _whole(ActionItem.objects.filter(of_places, state=Item.DONE))
        .exclude(done_by=user)
        .order_by("done_on", "pk")
    )


def escalated_to(scope: Scope) -> QuerySet[ActionItem]:
    """Tasks so long overdue that they are shown to the reader's area: one level above theirs.

    Of how many days that is asked `actions.escalation_days` of the day. Oldest first.
    """
    below = _shown_from(scope)
    if not below:
        return ActionItem.objects.none()
    return _whole(
        _to_be_done().filter(area_id__in=below, due_on__lt=escalated_before(scope.date))
    ).order_by("due_on", "pk")


def as_tasks(items: Collection[ActionItem], scope: Scope) -> list[Task]:
    """How tasks stand today: how late, and to whom they are shown for it; one query, and one for
    areas that ended."""
    border = escalated_before(scope.date) if items else scope.date
    late = {item.pk: item.days_late(scope.date) for item in items}
    shown = {item.pk for item in items if late[item.pk] and item.due_on < border}
    late_in = {item.area_id for item in items if item.pk in shown}
    above = levels_above(late_in, tree=scope.tree, on=scope.date) if late_in else {}
    return [
        Task(item, late[item.pk], next(iter(above[item.area_id]), None))
        if item.pk in shown
        else Task(item, late[item.pk], None)
        for item in items
    ]


def reports_on(item: ActionItem) -> QuerySet[ActionProgress]:
    """What was reported about a task, newest first; one query."""
    return item.reports.select_related("made_by")


def flags_of(item: ActionItem) -> list[Flag]:
    """The flags a task answers; one query."""
    return list(item.flags.order_by("pk").select_related("commune"))


def evidence_for(scope: Scope, progress_id: int) -> ActionProgress | None:
    """A report with evidence on a task the reader may see, or None; one query."""
    return (
        ActionProgress.objects.filter(
            pk=progress_id, item__in=ActionItem.objects.filter(_seen_by(scope)).values("pk")
        )
        .exclude(evidence="")
        .select_related("item")
        .first()
    )


def recommendation_to_make_tasks(places: Places, recommendation_id: int) -> Recommendation | None:
    """A recommendation to a commune inside the places, not yet carried out, or None."""
    return (
        Recommendation.objects.filter(pk=recommendation_id, visit__commune_id__in=places.areas)
        .exclude(state=Recommendation.State.DONE)
        .select_related("visit__commune", "visit__plan", "school")
        .first()
    )


def assessment_to_make_tasks(places: Places, assessment_id: int) -> MonthAssessment | None:
    """An assessment that was sent, of an area inside the places, or None; one query."""
    return _assessments_sent(places).filter(pk=assessment_id).first()


def assessments_without_tasks(places: Places, *, on: datetime.date) -> QuerySet[MonthAssessment]:
    """Assessments of the last months that propose measures of which no task was made; newest
    first. One query."""
    return (
        _assessments_sent(places)
        .filter(month__gt=on - ASSESSED_LATELY)
        .exclude(measures="")
        .exclude(Exists(ActionItem.objects.filter(assessment=OuterRef("pk"))))
        .order_by("-month", "area__name_key", "pk")
    )


def areas_to_plan_for(scope: Scope) -> list[Area]:
    """Areas whose plans the reader draws up, highest first."""
    areas = [scope.tree.get(area_id) for area_id in scope.places(P.MANAGE_ACTIONS).areas]
    return sorted(
        (area for area in areas if area is not None and area.level <= AreaLevel.COMMUNE),
        key=lambda area: (area.level, area.name_key, area.pk),
    )


def areas_to_act_in(tree: Tree, owner_id: int) -> list[Area]:
    """The area that gives a task and those below it, highest first."""
    areas = [tree.get(area_id) for area_id in tree.below(owner_id)]
    return sorted(areas, key=lambda area: (area.level, area.name_key, area.pk))


def schools_to_act(area_ids: Collection[int], *, on: datetime.date) -> QuerySet[School]:
    """Schools that lie in some areas on a day, by name; one query."""
    return (
        School.objects.on(on)
        .filter(valid_on(on, "placements__"), placements__commune_id__in=area_ids)
        .order_by("name_key", "pk")
        .distinct()
    )


def members_to_act(tree: Tree, owner_id: int, *, on: datetime.date) -> QuerySet[Member]:
    """Members who may answer for a task of an area: of its committees, of those above and below,
    whose term holds on a day; by name. One query."""
    areas = {area.pk for area in tree.ancestors(owner_id)} | tree.below(owner_id)
    return (
        Member.objects.filter(sits(on), committee__area_id__in=areas)
        .select_related("committee")
        .order_by("name_key", "pk")
    )


def _to_be_done() -> QuerySet[ActionItem]:
    # Those of a draft wait for it to come into force.
    return ActionItem.objects.filter(state=Item.OPEN).exclude(plan__state=Plan.DRAFT)


def _answered_by(scope: Scope) -> Q:
    own = Q(area_id__in=_answered_for(scope)) | Q(
        school_id__in=scope.places(P.REPORT_ACTIONS).schools
    )
    return own | _given_to(scope) if scope.user is not None else own


def _named_areas(scope: Scope, permission: P) -> set[int]:
    """Ids of the areas named in the grants themselves; asks for no tree, as those in order do."""
    return {grant.area_id for grant, held in scope.grants if permission in held and grant.area_id}


def _answered_for(scope: Scope) -> set[int]:
    """Ids of the areas whose tasks the reader does: those named, and what went into them, wholly or
    in part. The duty went along, as in `models.action_plans`."""
    named = _named_areas(scope, P.REPORT_ACTIONS)
    return scope.history.before(named) if named else named


def _shown_from(scope: Scope) -> set[int]:
    """Ids of the areas one level below those named in the reader's roles, and of those that went
    into one or several of these."""
    granted = _named_areas(scope, P.MANAGE_ACTIONS)
    below = {
        area_id
        for area_id in scope.places(P.MANAGE_ACTIONS).areas
        if area_id not in granted
        and any(above.pk in granted for above in areas_above(scope.tree, area_id)[:1])
    }
    if not below:
        return below
    before = scope.history.before(below) - below
    above = levels_above(before, tree=scope.tree, on=scope.date)
    return below | {pk for pk, areas in above.items() if any(a.pk in granted for a in areas[:1])}


def _assessments_sent(places: Places) -> QuerySet[MonthAssessment]:
    return (
        MonthAssessment.objects.filter(area_id__in=places.areas)
        .exclude(state=MonthAssessment.State.DRAFT)
        .select_related("area")
    )


def _given_to(scope: Scope) -> Q:
    return sits(scope.date, "member__") & Q(member__user=scope.user)


def _seen_by(scope: Scope) -> Q:
    seen = Q(area_id__in=scope.places_to_read(P.VIEW_ACTIONS).areas) | Q(
        school_id__in=scope.places_to_read(P.REPORT_ACTIONS).schools
    )
    return seen | _given_to(scope) if scope.user is not None else seen


def _whole(items: QuerySet[ActionItem]) -> QuerySet[ActionItem]:
    return items.select_related(
        "area",
        "school",
        "member__committee",
        "plan__area",
        "recommendation__visit__plan",
        "assessment",
    )


def _in_order(items: QuerySet[ActionItem]) -> QuerySet[ActionItem]:
    order = Case(*(When(state=state, then=place) for place, state in enumerate(Item.values)))
    return items.order_by(order, "due_on", "pk")
