"""The page of a school's list for rice and money, and the list as a file."""

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.access import reach
from core.documents.downloads import download
from core.months import Month
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest
from schools.access_trail import names_shown
from schools.crumbs import school_crumbs
from schools.directory.selectors.schools import school_in
from schools.enums import NamesKind

from . import selectors, services
from .counting import Verdict, day_numbers
from .exports import words

STATES = {
    Verdict.COUNTS: "good",
    Verdict.OVER: "watch",
    Verdict.OPEN: "unknown",
    Verdict.NOT_STUDIED: "low",
}


@requires(P.VIEW_PUPILS)
@never_cache
@require_safe
def support(request: ScopedRequest, school_id: int) -> HttpResponse:
    """Semi-boarders of a school in a month: which months count, rice and money, the proof."""
    found = reach(request.scope, P.VIEW_PUPILS, lambda places: school_in(places, school_id))
    today = request.scope.date
    offered = selectors.months_offered(today=today)
    asked = request.GET.get("month", "")
    month = next((each for each in offered if str(each) == asked), offered[0] if offered else None)
    if month is None:
        raise Http404
    shown = selectors.support_list(found, month, today=today)
    names_shown(request, NamesKind.SUPPORT, school=found.pk, count=len(shown.lines))
    said = words()
    return render(
        request,
        "attendance/support.html",
        {
            "crumbs": school_crumbs(request, found, _("Rice and money")),
            "school": found,
            "list": shown,
            "tabs": [
                {"label": each.label, "url": f"?month={each}", "current": each == month}
                for each in reversed(offered)
            ],
            "rows": [
                {
                    "line": each,
                    "state": STATES[each.month.verdict],
                    "word": said[each.month.verdict],
                    "studied": day_numbers(each.month.days.studied),
                    "unknown": day_numbers(each.month.days.unknown),
                }
                for each in shown.lines
            ],
            "may_export": school_in(request.scope.places(P.MANAGE_PUPILS), found.pk) is not None,
        },
    )


@requires(P.MANAGE_PUPILS)
@require_POST
def file(request: ScopedRequest, school_id: int, month: Month) -> HttpResponseBase:
    """The list as a workbook, for who keeps the pupils; leaves an event."""
    found = reach(request.scope, P.MANAGE_PUPILS, lambda places: school_in(places, school_id))
    if not selectors.is_of_a_year(month, today=request.scope.date):
        raise Http404
    shown = selectors.support_list(found, month, today=request.scope.date)
    names_shown(request, NamesKind.FILE, school=found.pk, count=len(shown.lines))
    content = services.give_out(found=shown, by=request.user)
    name = _("Semi-boarders supported %(month)s") % {"month": str(month)}
    return download(content, name=f"{name} {found.name}.xlsx")
