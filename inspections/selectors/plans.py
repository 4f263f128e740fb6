"""Reading plans inside the reader's places, and the flags a plan is drafted from."""

import datetime
from collections import defaultdict

from django.db.models import Count, Q

from attendance import month_bits
from attendance.selectors.calendar import due_bits
from reports.models import Flag
from schools.models import SchoolClass
from schools.scope import Places
from schools.selectors.areas import AreaTree, communes_of_schools

from ..models import InspectionPlan, Visit
from .visits import with_flags

ONE_DAY = datetime.timedelta(days=1)


def plans_in(places):
    """Plans of areas inside the places, newest first, with counts of their visits."""
    live = ~Q(visits__state=Visit.State.CANCELLED)
    return (
        InspectionPlan.objects.filter(area_id__in=places.areas)
        .select_related("area", "drafted_by", "approved_by")
        .annotate(
            visit_count=Count("visits", filter=live),
            done_count=Count("visits", filter=Q(visits__state=Visit.State.DONE)),
        )
        .order_by("-month", "area__code")
    )


def plan_in(places, plan_id):
    """The plan with its area and people, or None outside the places; one query."""
    return (
        InspectionPlan.objects.filter(pk=plan_id, area_id__in=places.areas)
        .select_related("area", "drafted_by", "approved_by")
        .first()
    )


def visits_of(plan):
    """Visits of a plan by rank, with communes, members and flags; two queries."""
    return with_flags(
        Visit.objects.filter(plan=plan).select_related("commune", "member").order_by("rank", "pk")
    )


def visits_without_lessons(visits, *, month):
    """Ids of those planned for a day on which no class of the commune has school.

    `visits` lie in the plan's `Month`. A fixed number of queries, none without a day.
    """
    dated = [each for each in visits if each.planned_on and each.state == Visit.State.PLANNED]
    if not dated:
        return set()
    places = Places(month.first, frozenset(each.commune_id for each in dated))
    classes = list(
        SchoolClass.objects.within(places)
        .filter(year__valid_from__lt=month.end, year__valid_to__gt=month.first)
        .select_related("year")
    )
    commune_of = communes_of_schools(
        on=month.first, school_ids={each.school_id for each in classes}
    )
    due, held = due_bits(classes, month), defaultdict(int)
    for each in classes:
        held[commune_of[each.school_id]] |= due[each.pk]
    return {
        each.pk
        for each in dated
        if not held[each.commune_id] & month_bits.days(each.planned_on, each.planned_on + ONE_DAY)
    }


def visit_in(places, plan_id, visit_id):
    """A visit of a plan inside the places, or None; one query."""
    return (
        Visit.objects.filter(pk=visit_id, plan_id=plan_id, plan__area_id__in=places.areas)
        .select_related("plan__area", "commune", "member")
        .first()
    )


def communes_to_add(plan, *, month):
    """Communes of the plan's area in its month that have no visit in it yet, by code."""
    taken = set(Visit.objects.filter(plan=plan).values_list("commune_id", flat=True))
    tree = AreaTree.on(month.first)
    return [area for area in tree.communes(plan.area_id) if area.pk not in taken]


def communes_waiting(areas, *, month=None, level=""):
    """Number of communes with an open flag that no planned visit rests on; one query.

    Args:
        areas: ids of areas.
        month: only flags of this Month, else of any.
    """
    flags = open_flags(areas).exclude(visits__state=Visit.State.PLANNED)
    if month is not None:
        flags = flags.filter(month=month.first)
    if level:
        flags = flags.filter(level=level)
    return flags.values("commune_id").distinct().count()


def open_flags(areas):
    """Open flags of communes among `areas`."""
    return Flag.objects.filter(state=Flag.State.OPEN, commune_id__in=areas)


def newest_flag_month(areas, *, until):
    """First day of the newest month, not after `until`, with open flags; None without any."""
    return (
        open_flags(areas)
        .filter(month__lte=until.first)
        .order_by("-month")
        .values_list("month", flat=True)
        .first()
    )
