"""The ledger of an area, a school and a class: the period, the columns, whether they balance."""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.access import reach
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest, StrOrPromise

from ..access_trail import lists_shown
from ..areas.map_choice import asked_map, choices
from ..areas.selectors.tree import area_in
from ..crumbs import Crumb, class_crumbs, school_crumbs
from ..directory.selectors.classes import class_in
from ..directory.selectors.schools import school_in
from ..directory.selectors.years import year_for
from ..enums import NamesKind
from ..period_picker import with_query
from . import selectors
from .counting import COLUMNS, Line
from .forms import LedgerForm
from .selectors import Ledger, Row

# What a page shows of each kind of row.
_PAGES = {
    "area": "schools:ledger_area",
    "school": "schools:ledger_school",
    "class": "schools:ledger_class",
}
ENDS = ("start", "end")
# Names shown at most; who has more broken changes of class has to mend the import.
MOST_NAMES = 200


@requires(P.VIEW_FIGURES)
@require_safe
def area(request: ScopedRequest, area_id: int) -> HttpResponse:
    """The ledger of a province, district, cluster or commune, by what lies in it."""
    places = request.scope.places_to_read(P.VIEW_FIGURES)
    found = area_in(places, area_id)
    if found is None:
        raise Http404
    crumbs: list[Crumb] = [
        {"label": found.title, "url": reverse("reports:area", args=[found.pk])},
        {"label": _("Ledger of the rolls"), "url": ""},
    ]
    asked = asked_map(request.GET.get("map", ""), found, request.scope.history)
    return _page(
        request,
        found.title,
        crumbs,
        lambda days: selectors.area_ledger(found, map_day=asked.day, **days),
        maps=choices(request, asked, found, usual=_("by the units of the last day")),
        absent_on=asked.absent,
    )


@requires(P.VIEW_FIGURES)
@require_safe
def school(request: ScopedRequest, school_id: int) -> HttpResponse:
    """The ledger of a school, by class."""
    found = reach(
        request.scope, P.VIEW_FIGURES, lambda places: school_in(places, school_id), reading=True
    )
    return _page(
        request,
        found.name,
        school_crumbs(request, found, _("Ledger of the rolls")),
        lambda days: selectors.school_ledger(found, **days),
    )


@requires(P.VIEW_FIGURES)
@require_safe
def school_class(request: ScopedRequest, class_id: int) -> HttpResponse:
    """The ledger of a class."""
    found = reach(
        request.scope, P.VIEW_FIGURES, lambda places: class_in(places, class_id), reading=True
    )
    title = _("Class %(name)s") % {"name": found.name}
    return _page(
        request,
        f"{title}, {found.school.name}",
        class_crumbs(request, found, _("Ledger of the rolls"))
        if request.scope.may(P.VIEW_PUPILS)
        else school_crumbs(request, found.school, _("Ledger of the rolls")),
        lambda days: selectors.class_ledger(found, **days),
    )


def _page(
    request: ScopedRequest,
    title: StrOrPromise,
    crumbs: list[Crumb],
    count: Callable[[dict[str, Any]], Ledger],
    **shown: Any,
) -> HttpResponse:
    """The form of the period and, when it can be, the ledger."""
    today = request.scope.date
    year = year_for(today)
    first = year.valid_from if year else today.replace(month=1, day=1)
    # What is not asked for is proposed, and shown in the form.
    asked = {"from": first.isoformat(), "to": today.isoformat()} | request.GET.dict()
    form = LedgerForm(asked, today=today)
    context: dict[str, Any] = {"title": title, "crumbs": crumbs, "form": form, **shown}
    if year is not None:
        opening, until = selectors.days_of_letter(year, on=today)
        context["letter_url"] = with_query(request, **{"from": opening, "to": until})
    if form.is_valid():
        days = {"first": form.cleaned_data["from"], "last": form.cleaned_data["to"]}
        by = form.cleaned_data["by"]
        ledger = count({**days, "by": by})
        lines = [row.line for row in (*ledger.places, *ledger.groups)]
        # A wide table has only the columns in which there is something.
        columns = [each for each in COLUMNS if each in ENDS or any(line[each] for line in lines)]
        context |= {
            "ledger": ledger,
            "cells": _cells(ledger.total, COLUMNS),
            "places": [_shown(row, columns, request) for row in ledger.places],
            "groups": [_shown(row, columns, request) for row in ledger.groups],
            "division": selectors.DIVISIONS.get(by, ""),
        }
        if selectors.begins_a_year(ledger.first):
            context["cohort"] = selectors.cohort_of(ledger)
        if ledger.total["dropped_out"]:
            context["causes"] = selectors.causes_of_dropouts(ledger.inside, **days)
        if not ledger.balanced:
            spells, hidden = selectors.unexplained(
                ledger.inside, readable=request.scope.places(P.VIEW_PUPILS), **days
            )
            context |= {"spells": spells[:MOST_NAMES], "hidden": hidden}
            lists_shown(
                request,
                NamesKind.ROLL,
                [(each.school_id, each.school_class_id) for each in spells[:MOST_NAMES]],
            )
    return render(request, "schools/ledger.html", context, status=422 if form.errors else 200)


def _shown(row: Row, columns: Iterable[str], request: ScopedRequest) -> dict[str, Any]:
    """A row as the page shows it, with the address of its own ledger."""
    url = ""
    if row.kind in _PAGES:
        query = request.GET.urlencode()
        url = reverse(_PAGES[row.kind], args=[row.key]) + (f"?{query}" if query else "")
    return {"name": row.name, "url": url, "line": row.line, "cells": _cells(row.line, columns)}


def _cells(line: Line, columns: Iterable[str]) -> list[tuple[StrOrPromise, int]]:
    return [(COLUMNS[column], line[column]) for column in columns]
