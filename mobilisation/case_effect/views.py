"""What came of following children, at a place in a school year: figures only."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.access import reach
from core.estimates import BADGES
from core.formatting import percent, points
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest
from schools.areas.selectors.tree import area_in
from schools.directory.selectors.schools import school_in
from schools.directory.year_choices import year_choices

from ..models.cases import CaseQuerySet
from . import selectors, wording
from .selectors import Summary


@requires(P.VIEW_FIGURES)
@require_safe
def effect(request: ScopedRequest) -> HttpResponse:
    """To the page of the reader's highest place; 404 for who has classes only."""
    scope = request.scope
    areas = sorted(scope.areas_granted(P.VIEW_FIGURES), key=lambda pk: (scope.tree.depth(pk), pk))
    if areas:
        return redirect("mobilisation:case_effect_of_area", areas[0])
    schools = sorted(scope.places(P.VIEW_FIGURES).schools)
    if schools:
        return redirect("mobilisation:case_effect_of_school", schools[0])
    raise Http404


@requires(P.VIEW_FIGURES)
@require_safe
def effect_of_area(request: ScopedRequest, area_id: int) -> HttpResponse:
    """Of children who live in an area."""
    area = reach(
        request.scope, P.VIEW_FIGURES, lambda places: area_in(places, area_id), reading=True
    )
    tree = request.scope.tree
    below = tree.below(area.pk) if area.pk in tree else {area.pk}
    communes = request.scope.history.readable(below)
    return _page(request, area.title, selectors.cases_of_communes(communes))


@requires(P.VIEW_FIGURES)
@require_safe
def effect_of_school(request: ScopedRequest, school_id: int) -> HttpResponse:
    """Of pupils of a school."""
    school = reach(
        request.scope, P.VIEW_FIGURES, lambda places: school_in(places, school_id), reading=True
    )
    return _page(request, school.name, selectors.cases_of_school(school))


def _page(request: ScopedRequest, place: str, cases: CaseQuerySet) -> HttpResponse:
    today = request.scope.date
    years = selectors.years_with_cases(cases, today=today)
    asked = request.GET.get("year", "")
    year = next((each for each in years if each.code == asked or not asked), None)
    if year is None and asked:
        raise Http404
    context: dict[str, Any] = {
        "place": place,
        "year": year,
        "years": year_choices(request, years, year),
        "unknown": wording.unknown(),
        "crumbs": _crumbs(request),
    }
    if year is not None:
        found = selectors.summary_of(cases, year=year, today=today)
        context |= {
            "found": found,
            "opened": wording.opened(found),
            "sentences": wording.compared(found),
            "outcomes": wording.outcomes(found),
            "returns": wording.returns(found),
            "row": _row(found),
        }
    return render(request, "mobilisation/cases/effect.html", context)


def _row(found: Summary) -> dict[str, str] | None:
    mean = found.compared
    if mean is None:
        return None
    return {
        "before": percent(mean.before),
        "after": percent(mean.after),
        "moved": points(mean.after - mean.before),
        "foreseen": percent(mean.foreseen),
        "foreseen_moved": points(mean.foreseen - mean.before),
        "effect": points(mean.effect),
        "interval": _("%(low)s to %(high)s") % {"low": points(mean.low), "high": points(mean.high)}
        if mean.has_interval
        else "",
        "state": BADGES[mean.verdict],
        "word": wording.badge(mean.verdict),
    }


def _crumbs(request: ScopedRequest) -> list[dict[str, str]]:
    here = {"label": _("What came of following"), "url": ""}
    if request.scope.places(P.VIEW_FIGURES).areas:
        counts = reverse("mobilisation:case_counts")
        return [{"label": _("Children followed, by commune"), "url": counts}, here]
    return [{"label": _("Children followed"), "url": reverse("mobilisation:cases")}, here]
