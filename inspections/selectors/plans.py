"""Reading plans inside the reader's places, and the flags a plan is drafted from."""

import datetime
from collections.abc import Collection, Iterable, Sequence, Set
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from attendance import session_bitmask
from attendance.calendar.selectors.due_sessions import due_bits_between
from core.months import Month
from core.scope import Places
from reports.models import Flag
from schools.areas.selectors.tree import AreaTree, communes_of_schools
from schools.models import Area, SchoolClass

from ..models import InspectionPlan, Visit
from .visits import with_flags

ONE_DAY = datetime.timedelta(days=1)

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


if TYPE_CHECKING:

    class VisitCounts(TypedDict):
        """What `plans_in` adds to a row: visits not called off, and those of them made."""

        visit_count: int
        done_count: int

    PlanWithCounts: TypeAlias = WithAnnotations[InspectionPlan, VisitCounts]


def plans_in(places: Places) -> "QuerySet[PlanWithCounts]":
    """Plans of areas inside the places, newest first, with counts of their visits."""
    live = ~Q(visits__state=Visit.State.CANCELLED)
    return (
        InspectionPlan.objects.filter(area_id__in=places.areas)
        .select_related("area", "drafted_by", "approved_by")
        .annotate(
            visit_count=Count("visits", filter=live),
            done_count=Count("visits", filter=Q(visits__state=Visit.State.DONE)),
        )
        .order_by("-month", "area__level", "area__name_key", "pk")
    )


def plan_in(places: Places, plan_id: int) -> InspectionPlan | None:
    """The plan with its area and people, or None outside the places; one query."""
    return (
        InspectionPlan.objects.filter(pk=plan_id, area_id__in=places.areas)
        .select_related("area", "drafted_by", "approved_by")
        .first()
    )


def visits_of(plan: InspectionPlan) -> QuerySet[Visit]:
    """Visits of a plan by rank, with communes, members and flags; two queries."""
    visits = plan.visits.select_related("commune", "member").prefetch_related("team")
    return with_flags(visits.order_by("rank", "pk"))


def visits_without_lessons(visits: Iterable[Visit], *, month: Month) -> set[int]:
    """Ids of those planned for a day on which no class of the commune has school.

    Not of communes without a class, of which nothing can be said. `visits` lie in the plan's
    `Month`. A fixed number of queries, none without a day.
    """
    dated = [
        (each, each.planned_on)
        for each in visits
        if each.planned_on is not None and each.state == Visit.State.PLANNED
    ]
    if not dated:
        return set()
    held = lesson_bits({each.commune_id for each, _day in dated}, [month])[month]
    return {
        each.pk
        for each, day in dated
        if each.commune_id in held
        and not held[each.commune_id] & session_bitmask.days(day, day + ONE_DAY)
    }


def lesson_bits(communes: Collection[int], months: Sequence[Month]) -> dict[Month, dict[int, int]]:
    """Month -> commune id -> the sessions due in some class there, as bits; of months in a row.

    Without communes that have no class, of which nothing can be said. A fixed number of queries.
    """
    first, end = months[0].first, months[-1].end
    classes = list(
        SchoolClass.objects.within(Places(first, frozenset(communes)))
        .filter(year__valid_from__lt=end, year__valid_to__gt=first)
        .select_related("year")
    )
    commune_of = communes_of_schools(on=first, school_ids={each.school_id for each in classes})
    held: dict[Month, dict[int, int]] = {
        month: {commune_of[each.school_id]: 0 for each in classes} for month in months
    }
    due = due_bits_between(classes, first, end) if classes else {}
    for each in classes:
        for month, bits in due[each.pk].items():
            held[month][commune_of[each.school_id]] |= bits
    return held


def chosen() -> Q:
    """Q for visits that the flags or a proposal chose; the others a person added to the plan."""
    return Q(points__isnull=False) | Q(flags__isnull=False)


def visit_in(places: Places, plan_id: int, visit_id: int) -> Visit | None:
    """A visit of a plan inside the places, or None; one query."""
    return (
        Visit.objects.filter(pk=visit_id, plan_id=plan_id, plan__area_id__in=places.areas)
        .select_related("plan__area", "commune", "member")
        .first()
    )


def communes_to_add(plan: InspectionPlan, *, month: Month) -> list[Area]:
    """Communes of the plan's area in its month that have no visit in it yet, by name."""
    taken = set(Visit.objects.filter(plan=plan).values_list("commune_id", flat=True))
    tree = AreaTree.on(month.first)
    return [area for area in tree.communes(plan.area_id) if area.pk not in taken]


def flags_waiting(own: Set[int], *, among: Set[int] | None = None) -> list[Flag]:
    """Open flags, with their communes, that the next plan would be drafted from.

    They are of the newest month with open flags in the places of the reader, as in
    `services.plans.draft_plan`, and of communes that no plan of that month or a later one
    visits. Every page counts and lists these, whatever month and level it shows. One query.

    Args:
        own: ids of the areas the reader drafts plans for.
        among: only of communes among these ids; all of `own` by default.
    """
    newest = _months_of_flags(own, until=Month.current())[:1]
    planned = visits_since(OuterRef("month")).filter(commune_id=OuterRef("commune_id"))
    return list(
        open_flags(own if among is None else own & among)
        .filter(~Exists(planned), month=newest)
        .select_related("commune")
    )


def visits_since(month: datetime.date | OuterRef) -> QuerySet[Visit]:
    """Visits not called off, of plans of a month (its first day, or a reference) or later."""
    return Visit.objects.filter(plan__month__gte=month).exclude(state=Visit.State.CANCELLED)


def plans_visiting(communes: Collection[int], *, month: datetime.date) -> dict[int, InspectionPlan]:
    """Dict commune id -> the first plan, anybody's, from a month on that visits it; one query.

    Args:
        communes: ids of communes.
        month: first day of the month.
    """
    visits = (
        visits_since(month)
        .filter(commune_id__in=communes)
        .select_related("plan")
        .order_by("-plan__month", "-plan_id")
    )
    return {visit.commune_id: visit.plan for visit in visits}


def open_flags(areas: Collection[int]) -> QuerySet[Flag]:
    """Open flags of communes among `areas`."""
    return Flag.objects.filter(state=Flag.State.OPEN, commune_id__in=areas)


def newest_flag_month(areas: Collection[int], *, until: Month) -> datetime.date | None:
    """First day of the newest month, not after `until`, with open flags; None without any."""
    return _months_of_flags(areas, until=until).first()


def _months_of_flags(areas: Collection[int], *, until: Month) -> QuerySet[Flag, datetime.date]:
    flags = open_flags(areas).filter(month__lte=until.first)
    return flags.order_by("-month").values_list("month", flat=True)
