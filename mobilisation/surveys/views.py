"""Pages of the survey: all communes, one commune by village, one village by name."""

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.access import reach
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest
from schools.access_trail import names_shown
from schools.enums import NamesKind
from schools.models import Area

from ..cases.selectors.cases import cases_beside
from ..crumbs import commune_crumbs
from ..models import SurveyRound
from .selectors import children as selectors
from .selectors.rounds import commune_in, rounds_of, village_names

PER_PAGE = 100


@requires(P.VIEW_FIGURES)
@require_safe
def communes(request: ScopedRequest) -> HttpResponse:
    """Children of every commune of the reader's places, in figures."""
    places = request.scope.places(P.VIEW_FIGURES)
    here = [area for area in request.scope.tree.communes() if area.pk in places.areas]
    if not here:
        raise Http404
    years = selectors.years_of([area.pk for area in here])
    year = _asked_year(request, years) or request.scope.date.year
    rows = selectors.communes_of(here, year)
    context = {
        "rows": rows,
        "total": selectors.total_of(rows),
        "surveyed": sum(row.survey_round is not None for row in rows),
        "year": year,
        "tabs": _year_tabs(reverse("mobilisation:communes"), years, year),
        "groups": selectors.GROUPS,
        "standards_of": _widest(request),
        "may_assign": request.scope.may(P.ASSIGN_NUMBERS),
    }
    return render(request, "mobilisation/communes.html", context)


@requires(P.VIEW_FIGURES)
@require_safe
def commune(request: ScopedRequest, area_id: int) -> HttpResponse:
    """Children of a commune by village and by single age, in figures."""
    found = reach(request.scope, P.VIEW_FIGURES, lambda places: commune_in(places, area_id))
    rounds = rounds_of(found)
    shown = _asked_round(request, rounds)
    villages = selectors.villages_of(shown) if shown else []
    is_latest = shown is not None and shown == rounds[0]
    may_manage = _may_manage(request, found)
    named = village_names(found) if is_latest and may_manage else {}
    listed = {each.key for each in villages}
    context = {
        "commune": found,
        "round": shown,
        "villages": villages,
        "total": selectors.total_of(villages),
        "groups": selectors.GROUPS,
        "tabs": _round_tabs(found, rounds, shown),
        "may_manage": may_manage,
        "is_latest": is_latest,
        "childless": {key: name for key, name in named.items() if key not in listed},
        "opens": request.scope.date.year
        if not rounds or rounds[0].year < request.scope.date.year
        else None,
        "crumbs": commune_crumbs(found),
    }
    return render(request, "mobilisation/commune.html", context)


@requires(P.MANAGE_SURVEY)
@never_cache
@require_safe
def village(request: ScopedRequest, area_id: int) -> HttpResponse:
    """Children of one village of a commune, by age and by name."""
    found = reach(request.scope, P.MANAGE_SURVEY, lambda places: commune_in(places, area_id))
    rounds = rounds_of(found)
    shown = _asked_round(request, rounds)
    key = request.GET.get("village", "")[:120]
    if shown is None:
        raise Http404
    page = Paginator(selectors.children_by_name(shown, key), PER_PAGE).get_page(
        request.GET.get("page")
    )
    entries = list(page)
    if not entries:
        raise Http404
    names_shown(request, NamesKind.SURVEY, count=selectors.names_in(entries))
    name = entries[0].household.village
    followed = cases_beside(persons=[entry.person_id for entry in entries]).of_person
    context = {
        "commune": found,
        "round": shown,
        "name": name,
        "page": page,
        "rows": [
            (entry, shown.year - entry.person.birth_year, followed.get(entry.person_id))
            for entry in entries
        ],
        "today": request.scope.date,
        "may_follow": found.pk in request.scope.areas_granted(P.FOLLOW_CHILDREN),
        "children": selectors.children_of(shown, village=key),
        "key": key,
        "is_latest": shown == rounds[0],
        "crumbs": commune_crumbs(found, name),
    }
    return render(request, "mobilisation/village.html", context)


def _widest(request: ScopedRequest) -> Area | None:
    """The highest area granted to the reader; None for whose places are schools."""
    tree = request.scope.tree
    return next(map(tree.get, request.scope.areas_granted(P.VIEW_FIGURES)), None)


def _may_manage(request: ScopedRequest, found: Area) -> bool:
    return found.pk in request.scope.places(P.MANAGE_SURVEY).areas


def _asked_year(request: ScopedRequest, years: list[int]) -> int | None:
    asked = request.GET.get("year", "")
    return next((year for year in years if str(year) == asked), years[0] if years else None)


def _asked_round(request: ScopedRequest, rounds: list[SurveyRound]) -> SurveyRound | None:
    year = _asked_year(request, [each.year for each in rounds])
    return next((each for each in rounds if each.year == year), None)


def _round_tabs(
    found: Area, rounds: list[SurveyRound], shown: SurveyRound | None
) -> list[dict[str, object]]:
    url = reverse("mobilisation:commune", args=[found.pk])
    return _year_tabs(url, [each.year for each in rounds], shown.year if shown else None)


def _year_tabs(url: str, years: list[int], shown: int | None) -> list[dict[str, object]]:
    if len(years) < 2:
        return []
    return [
        {"label": _("Year %(year)s") % {"year": y}, "url": f"{url}?year={y}", "current": y == shown}
        for y in years
    ]
