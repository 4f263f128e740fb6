"""Pages of the standards: of an area and year, who is missing, totals of adults, the decision
on especially difficult communes."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.access import reach
from core.documents.downloads import download
from core.form_pages import render_form
from core.formatting import number
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest, StrOrPromise
from schools.access_trail import names_shown
from schools.areas.selectors.tree import area_in
from schools.areas.services.designations import designate
from schools.enums import AreaLevel, NamesKind
from schools.form_refusals import show_refusal
from schools.models import Area

from ..cases.selectors.cases import cases_beside
from ..crumbs import commune_crumbs
from ..surveys.selectors.children import names_in
from ..surveys.selectors.rounds import commune_in
from . import selectors
from .counting import missing_of
from .forms import DesignationForm, LiteracyFileForm, LiteracyForm
from .judging import REASONS, AreaResult, CommuneResult, Outcome, Verdict
from .literacy_workbook import read_totals, write_template
from .selectors import AreaStandards, Evaluation
from .services import enter_literacy

PER_PAGE = 100
STATES = {Verdict.MET: "good", Verdict.NOT_MET: "low", Verdict.NOT_KNOWN: "unknown"}


@requires(P.VIEW_FIGURES)
@require_safe
def standards(request: ScopedRequest, area_id: int) -> HttpResponse:
    """Which standards an area meets in a year: a commune by condition, others by commune."""
    area = reach(
        request.scope,
        P.VIEW_FIGURES,
        lambda places: area_in(places, area_id),
        reading=True,
    )
    year, years, days = _asked(request)
    day = _asked_day(request, days)
    context: dict[str, Any] = {
        "area": area,
        "year": year,
        "tabs": _tabs(area, year, years),
        "crumbs": commune_crumbs(area, _("Standards")) if _is_commune(area) else _crumbs(area),
    }
    if day is not None:
        found = selectors.standards_of(area, year, day=day)
        may_manage = area.pk in request.scope.places(P.MANAGE_SURVEY).areas
        context |= {
            "found": found,
            "days": _day_tabs(area, year, days, day),
            "finding": _finding(found),
            "may_manage": may_manage and _is_commune(area),
            "may_designate": request.scope.may(P.MANAGE_TARGETS),
            "sets": [
                _commune_set(found, each) if _is_commune(area) else _area_set(found, each)
                for each in found.evaluations
            ],
        }
    return render(request, "mobilisation/standards.html", context)


@requires(P.MANAGE_SURVEY)
@never_cache
@require_safe
def standards_missing(request: ScopedRequest, area_id: int) -> HttpResponse:
    """Children and adults of a commune who lack in a condition, by name."""
    found = reach(request.scope, P.MANAGE_SURVEY, lambda places: commune_in(places, area_id))
    year, _years, days = _asked(request)
    day = _asked_day(request, days)
    outcome = None if day is None else _outcome(found, year, day, request.GET.get("condition", ""))
    if day is None or outcome is None or outcome.from_totals:
        raise Http404
    page = Paginator(missing_of(found.pk, outcome.measure, day=day, year=year), PER_PAGE).get_page(
        request.GET.get("page")
    )
    rows = list(page)
    names_shown(request, NamesKind.SURVEY, count=names_in(rows))
    followed = cases_beside(persons=[row.person_id for row in rows]).of_person
    back = f"{reverse('mobilisation:standards', args=[found.pk])}?year={year}&day={day}"
    context = {
        "commune": found,
        "outcome": outcome,
        "day": day,
        "page": page,
        "rows": [(row, followed.get(row.person_id)) for row in rows],
        "today": request.scope.date,
        "may_follow": found.pk in request.scope.areas_granted(P.FOLLOW_CHILDREN),
        "crumbs": [
            *commune_crumbs(found),
            {"label": _("Standards"), "url": back},
            {"label": _("Who is missing"), "url": ""},
        ],
    }
    return render(request, "mobilisation/standards_missing.html", context)


@requires(P.MANAGE_SURVEY)
def literacy(request: ScopedRequest, area_id: int) -> HttpResponse:
    """Literate adults of a commune in a year, entered as totals."""
    found = reach(request.scope, P.MANAGE_SURVEY, lambda places: commune_in(places, area_id))
    year, years, days = _asked(request)
    if not days:
        raise Http404
    bands = selectors.literacy_bands(days[0])
    known = selectors.literacy_totals(found, year)
    # A file is read into the form, looked at there, and saved as if it had been typed.
    is_file = "read" in request.POST
    file_form = LiteracyFileForm(request.POST, request.FILES) if is_file else LiteracyFileForm()
    form = LiteracyForm(None if is_file else _posted(request), bands=bands, known=known)
    proposed: list[dict[str, Any]] = []
    if is_file and file_form.is_valid():
        file = file_form.cleaned_data["file"]
        try:
            totals = read_totals(file, name=file.name, bands=bands)
        except ValidationError as error:
            show_refusal(file_form, error)
        else:
            form.propose(totals)
            proposed = [
                {"ages": _ages(band), "now": known.get(band), "given": numbers}
                for band, numbers in totals.items()
            ]
    elif request.method == "POST" and form.is_valid():
        try:
            enter_literacy(commune=found, year=year, totals=form.totals(), by=request.user)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The totals are saved."))
            url = reverse("mobilisation:standards", args=[found.pk])
            return redirect(f"{url}?year={year}")
    context = {
        "commune": found,
        "year": year,
        "form": form,
        "file_form": file_form,
        "proposed": proposed,
        "template_url": f"{reverse('mobilisation:literacy_file', args=[found.pk])}?year={year}",
        "tabs": _year_tabs(reverse("mobilisation:literacy", args=[found.pk]), year, years),
        "crumbs": commune_crumbs(found, _("Literate adults")),
    }
    return render_form(request, "mobilisation/literacy.html", context)


@requires(P.MANAGE_SURVEY)
@require_safe
def literacy_file(request: ScopedRequest, area_id: int) -> HttpResponseBase:
    """The file of totals to fill in, with what is entered so far."""
    found = reach(request.scope, P.MANAGE_SURVEY, lambda places: commune_in(places, area_id))
    year, _years, days = _asked(request)
    if not days:
        raise Http404
    content = write_template(
        selectors.literacy_bands(days[0]), selectors.literacy_totals(found, year)
    )
    return download(content, name=f"biet-chu-{found.code}-{year}.xlsx")


@requires(P.MANAGE_TARGETS)
def designations(request: ScopedRequest) -> HttpResponse:
    """Especially difficult communes: on record, and the list of another decision."""
    places = request.scope.places(P.MANAGE_TARGETS)
    communes = [area for area in request.scope.tree.communes() if area.pk in places.areas]
    if not communes:
        raise Http404
    rows = selectors.designations_of(communes)
    today = timezone.localdate()
    named = [row.area_id for row in rows if row.is_valid_on(today)]
    form = DesignationForm(_posted(request), communes=communes, named=named)
    if request.method == "POST" and form.is_valid():
        chosen, decree, valid_from = form.decision()
        try:
            designate(
                named=chosen, among=communes, decree=decree, valid_from=valid_from, by=request.user
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The decision is recorded."))
            return redirect("mobilisation:designations")
    context = {
        "decisions": selectors.decisions(rows),
        "count": len(communes),
        "form": form,
        "crumbs": [
            {"label": _("Children of the communes"), "url": reverse("mobilisation:communes")},
            {"label": _("Especially difficult communes"), "url": ""},
        ],
    }
    return render_form(request, "mobilisation/designations.html", context)


def _posted(request: ScopedRequest) -> QueryDict | None:
    # A form of which everything was emptied is sent all the same.
    return request.POST if request.method == "POST" else None


def _asked(request: ScopedRequest) -> tuple[int, list[int], list[datetime.date]]:
    """(year asked for or the latest, years there are, days of the year)."""
    today = timezone.localdate()
    years = selectors.years_with_figures(today=today)
    asked = request.GET.get("year", "")
    year = next((each for each in years if str(each) == asked), years[0] if years else today.year)
    return year, years, selectors.days_of(year, today=today)


def _asked_day(request: ScopedRequest, days: list[datetime.date]) -> datetime.date | None:
    asked = request.GET.get("day", "")
    return next((day for day in days if str(day) == asked), days[0] if days else None)


def _outcome(commune: Area, year: int, day: datetime.date, code: str) -> Outcome | None:
    found = selectors.standards_of(commune, year, day=day)
    return next(
        (
            outcome
            for evaluation in found.evaluations
            for result in evaluation.communes[commune.pk].values()
            for outcome in result.outcomes
            if outcome.condition.code == code
        ),
        None,
    )


def _commune_set(found: AreaStandards, evaluation: Evaluation) -> dict[str, Any]:
    results = evaluation.communes[found.area.pk]
    return {
        "rule_set": evaluation.rule_set,
        "results": [_commune_result(found, each, results) for each in results.values()],
    }


def _commune_result(
    found: AreaStandards, result: CommuneResult, results: Mapping[str, CommuneResult]
) -> dict[str, Any]:
    url = reverse("mobilisation:standards_missing", args=[found.area.pk])
    return {
        "standard": result.standard,
        "badge": _badge(result.verdict),
        "came": _badge(result.if_they_came),
        "differs": result.if_they_came != result.verdict,
        # A standard it needs may be what changes.
        "says_followed": result.followed or result.if_followed_came != result.verdict,
        "followed_came": _badge(result.if_followed_came),
        "needs": [
            {"name": results[code].standard.short, "badge": _badge(verdict)}
            for code, verdict in result.needs.items()
        ],
        "outcomes": [
            {
                "outcome": each,
                "ages": _ages(each.measure.ages),
                "rate": each.certain / each.total if each.total else None,
                "least": float(each.least) / 100,
                "badge": _badge(each.verdict),
                "why": REASONS[each.unknown] if each.unknown else "",
                "url": f"{url}?year={found.year}&day={found.day}&condition={each.condition.code}"
                if each.missing and not each.from_totals
                else "",
            }
            for each in result.outcomes
        ],
    }


def _area_set(found: AreaStandards, evaluation: Evaluation) -> dict[str, Any]:
    standards = list(evaluation.rule_set.standards.values())
    query = f"?year={found.year}&day={found.day}"
    return {
        "rule_set": evaluation.rule_set,
        "standards": standards,
        "is_judged": all(each.verdict is not None for each in evaluation.whole.values()),
        "results": [_area_result(each) for each in evaluation.whole.values()],
        "communes": [
            {
                "area": area,
                "url": reverse("mobilisation:standards", args=[area.pk]) + query,
                "cells": [_cell(each) for each in evaluation.communes[area.pk].values()],
            }
            for area in found.communes
        ],
        "below": [
            {
                "area": found.tree[pk],
                "url": reverse("mobilisation:standards", args=[pk]) + query,
                "cells": [
                    {
                        "name": each.standard.short,
                        "met": each.communes[Verdict.MET],
                        "all": sum(each.communes.values()),
                    }
                    for each in results.values()
                ],
            }
            for pk, results in evaluation.below.items()
        ],
    }


def _area_result(result: AreaResult) -> dict[str, Any]:
    return {
        "standard": result.standard,
        "badge": None if result.verdict is None else _badge(result.verdict),
        "met": result.communes[Verdict.MET],
        "not_met": result.communes[Verdict.NOT_MET],
        "not_known": result.communes[Verdict.NOT_KNOWN],
        "came": result.if_they_came,
        "followed_came": result.if_followed_came,
        "shares": [
            {
                "text": _SHARES[share.share.among],
                "met": share.met,
                "total": share.total,
                "least": float(share.share.least) / 100,
            }
            for share in result.shares
        ],
    }


_SHARES: dict[str, StrOrPromise] = {
    "communes": gettext_lazy("of communes"),
    "communes_difficult": gettext_lazy("of especially difficult communes"),
    "communes_other": gettext_lazy("of other communes"),
    "districts": gettext_lazy("of districts"),
}


def _cell(result: CommuneResult) -> dict[str, Any]:
    badge = _badge(result.verdict)
    if result.verdict == Verdict.NOT_MET and result.lacking:
        badge["word"] = ngettext(
            "%(count)s person short", "%(count)s people short", result.lacking
        ) % {"count": number(result.lacking)}
    return {"name": result.standard.short, "badge": badge}


def _badge(verdict: Verdict) -> dict[str, str]:
    words = {
        Verdict.MET: _("Met"),
        Verdict.NOT_MET: _("Not met"),
        Verdict.NOT_KNOWN: _("Not known"),
    }
    return {"state": STATES[verdict], "word": words[verdict]}


def _finding(found: AreaStandards) -> str:
    said = {"year": found.year, "area": found.area.title}
    results: list[Verdict | None] = [
        result.verdict
        for evaluation in found.evaluations
        for result in (evaluation.whole or evaluation.communes.get(found.area.pk, {})).values()
    ]
    if not results:
        return _("No rules of the standards are known for %(year)s.") % said
    if None in results:
        return _("Standards of %(year)s in the communes of %(area)s") % said
    said |= {each.value: results.count(each) for each in Verdict}
    return (
        _(
            "Year %(year)s, %(area)s: %(met)s standards met, %(not_met)s not met, "
            "%(not_known)s not known."
        )
        % said
    )


def _ages(ages: tuple[int, int]) -> str:
    return str(ages[0]) if ages[0] == ages[1] else f"{ages[0]}–{ages[1]}"


def _is_commune(area: Area) -> bool:
    return area.level == AreaLevel.COMMUNE


def _crumbs(area: Area) -> list[dict[str, str]]:
    return [
        {"label": _("Children of the communes"), "url": reverse("mobilisation:communes")},
        {"label": _("Standards of %(area)s") % {"area": area.title}, "url": ""},
    ]


def _tabs(area: Area, year: int, years: list[int]) -> list[dict[str, Any]]:
    return _year_tabs(reverse("mobilisation:standards", args=[area.pk]), year, years)


def _year_tabs(url: str, year: int, years: list[int]) -> list[dict[str, Any]]:
    if len(years) < 2:
        return []
    return [
        {"label": _("Year %(year)s") % {"year": y}, "url": f"{url}?year={y}", "current": y == year}
        for y in years
    ]


def _day_tabs(
    area: Area, year: int, days: list[datetime.date], shown: datetime.date
) -> list[dict[str, Any]]:
    if len(days) < 2:
        return []
    url = reverse("mobilisation:standards", args=[area.pk])
    return [
        {
            "label": _("Rolls of %(day)s") % {"day": f"{day:%d/%m/%Y}"},
            "url": f"{url}?year={year}&day={day}",
            "current": day == shown,
        }
        for day in days
    ]
