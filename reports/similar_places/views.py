"""The pages on which a commune or a school stands among those most like it."""

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import rules
from core.access import reach
from core.permissions import Permission as P
from core.permissions import requires
from schools.areas.selectors.tree import area_in
from schools.directory.selectors.schools import school_in
from schools.enums import AreaLevel
from schools.period_picker import picker
from schools.school_years.periods import asked_period

from ..selectors import dashboards
from ..views.dashboards import asked_level, level_choices
from .presenter import page_of
from .selectors import readable_schools, similar_communes, similar_schools


@requires(P.VIEW_FIGURES)
@require_safe
def area(request, area_id):
    """A commune among those most like it; larger areas have no page."""
    places = request.scope.places_to_read(P.VIEW_FIGURES)
    found = area_in(places, area_id)
    if found is None or found.level != AreaLevel.COMMUNE:
        raise Http404
    period = asked_period(request.GET)
    levels = dashboards.levels_in_area(found, period.month)
    level = asked_level(request, levels)
    comparison = similar_communes(
        area=found, month=period.month, level=level, rules=rules.table(on=period.month.first)
    )
    return _page(
        request, "area", found.pk, found.title, period, levels, level, comparison, places.areas
    )


@requires(P.VIEW_FIGURES)
@require_safe
def school(request, school_id):
    """A school among those most like it."""
    found = reach(
        request.scope, P.VIEW_FIGURES, lambda places: school_in(places, school_id), reading=True
    )
    period = asked_period(request.GET)
    levels = dashboards.levels_taught([found])
    level = asked_level(request, levels)
    comparison = similar_schools(
        school=found, month=period.month, level=level, rules=rules.table(on=period.month.first)
    )
    places = request.scope.places_to_read(P.VIEW_FIGURES)
    readable = readable_schools(places, comparison.peers)
    return _page(
        request,
        "school",
        found.pk,
        found.name,
        period,
        levels,
        level,
        comparison,
        readable,
    )


def _page(request, kind, pk, name, period, levels, level, comparison, readable):
    query = f"?month={period.month}&level={level or 'all'}"
    page = page_of(
        comparison,
        month=period.month,
        level=level,
        is_school=kind == "school",
        link=lambda row: reverse(f"reports:similar_{kind}", args=[row.key]) + query,
        readable=readable,
    )
    return render(
        request,
        "reports/similar.html",
        {
            "page": page,
            "name": name,
            "is_school": kind == "school",
            "crumbs": [
                {"label": name, "url": reverse(f"reports:{kind}", args=[pk]) + query},
                {"label": _("Among similar places")},
            ],
            "period": picker(request, period),
            "level_choices": level_choices(request, levels, level),
            "level_label": _("Education level"),
        },
    )
