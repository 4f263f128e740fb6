"""Who is missing from a mobilisation rate, by name, for those who keep the survey."""

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.access import reach
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest
from schools.access_trail import names_shown
from schools.enums import NamesKind
from schools.school_years.periods import asked_period

from ..cases.selectors.cases import cases_beside
from ..crumbs import commune_crumbs
from ..surveys.selectors.children import names_in
from ..surveys.selectors.rounds import commune_in
from . import selectors
from .variants import VARIANTS

PER_PAGE = 100


@requires(P.MANAGE_SURVEY)
@never_cache
@require_safe
def missing(request: ScopedRequest, area_id: int) -> HttpResponse:
    """Children of a commune who stand below the line of a rate and not above it."""
    found = reach(request.scope, P.MANAGE_SURVEY, lambda places: commune_in(places, area_id))
    variant = VARIANTS.get(request.GET.get("rate", next(iter(VARIANTS))))
    month = asked_period(request.GET).month
    counted_on = selectors.day_of(month, today=timezone.localdate())
    if variant is None or counted_on is None:
        raise Http404
    day, year = counted_on
    page = Paginator(selectors.missing_of(found, variant, day=day, year=year), PER_PAGE).get_page(
        request.GET.get("page")
    )
    rows = list(page)
    names_shown(request, NamesKind.SURVEY, count=names_in(rows))
    followed = cases_beside(persons=[row.person_id for row in rows]).of_person
    context = {
        "commune": found,
        "variant": variant,
        "day": day,
        "page": page,
        "rows": [(row, followed.get(row.person_id)) for row in rows],
        "today": request.scope.date,
        "crumbs": commune_crumbs(found, _("Who is missing")),
    }
    return render(request, "mobilisation/missing.html", context)
