"""The list of recommendations an office follows, on a page and in Excel."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.documents.downloads import download
from core.formatting import number
from core.permissions import Permission as P
from core.permissions import requires

from ..models.visits import FINISH, RECOMMENDATIONS, REOPEN
from . import selectors
from .exports import recommendations_workbook
from .forms import RecommendationFilterForm
from .selectors import Order, Show

PER_PAGE = 20
MOST_EXPORTED = 5_000


@requires(P.VIEW_PLANS)
@require_safe
def recommendation_list(request):
    """Recommendations to the communes of the reader's office, and those its plans led to."""
    scope = request.scope
    form, found, chosen = _found(request)
    counts = selectors.counts(found, scope)
    show = chosen["show"]
    page = Paginator(selectors.shown(found, show, chosen["order"], scope), PER_PAGE).get_page(
        request.GET.get("page")
    )
    late = selectors.lateness(page.object_list, tree=scope.tree, on=scope.date)
    seen = scope.places_to_read(P.VIEW_PLANS).areas
    for each in page.object_list:
        each.lateness = late[each.pk]
        each.may_open = each.visit.plan.area_id in seen
        each.may_finish = RECOMMENDATIONS.may(FINISH, each, scope)
        each.may_reopen = RECOMMENDATIONS.may(REOPEN, each, scope)
    query = request.GET.copy()
    query.pop("page", None)
    return render(
        request,
        "inspections/recommendation_list.html",
        {
            "filter_form": form,
            "is_filtered": any(chosen[name] for name in ("text", "area", "kind", "severity")),
            "tabs": _tabs(query, counts, show),
            "page": page,
            "excel_query": query.urlencode(),
        },
    )


@requires(P.VIEW_PLANS)
@require_safe
def recommendation_list_excel(request):
    """The list as it is filtered, in Excel."""
    _form, found, chosen = _found(request)
    rows = selectors.shown(found, chosen["show"], chosen["order"], request.scope)
    if rows.count() > MOST_EXPORTED:
        messages.error(
            request,
            _(
                "At most %(limit)s recommendations fit one file. Choose an area or a kind, then "
                "download again."
            )
            % {"limit": number(MOST_EXPORTED)},
        )
        return redirect(f"{reverse('inspections:recommendation_list')}?{request.GET.urlencode()}")
    content = recommendations_workbook(list(rows), tree=request.scope.tree, on=request.scope.date)
    return download(content, name=f"kien-nghi-{timezone.localdate():%Y-%m-%d}.xlsx")


def _found(request):
    """The filter, what it finds, and what it chose; what is no choice counts as none."""
    form = RecommendationFilterForm(request.GET, areas=selectors.areas_followed(request.scope))
    chosen = {
        "text": "",
        "area": None,
        "kind": "",
        "severity": "",
        "order": Order.DUE,
        "show": Show.UNFINISHED,
    }
    form.is_valid()
    chosen |= form.cleaned_data
    found = selectors.find(
        request.scope,
        area_id=chosen["area"],
        kind=chosen["kind"],
        severity=form.wanted(),
        text=chosen["text"],
    )
    return form, found, chosen


def _tabs(query, counts, show):
    tabs = []
    for each in Show:
        # Most have none below that are overdue for so long.
        if each == Show.RAISED and not counts[each] and show != each:
            continue
        address = query.copy()
        address["show"] = each.value
        label = f"{each.label} ({number(counts[each])})"
        tabs.append({"label": label, "url": f"?{address.urlencode()}", "current": each == show})
    return tabs
