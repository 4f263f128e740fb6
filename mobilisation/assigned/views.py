"""Pages of assigned numbers: all of a year, a file of them, those of one commune or school."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from core.documents.downloads import download
from core.form_pages import render_form
from core.formatting import number
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest, StrOrPromise
from schools.crumbs import Crumb
from schools.form_refusals import show_refusal

from ..rates.variants import VARIANTS
from . import selectors
from .forms import NumbersFileForm, NumbersForm
from .selectors import Unit
from .services import assign_numbers
from .workbook import HEADINGS, read_numbers, write_template

# Decisions are made for the year that comes, too, and corrected for those before.
YEARS_AROUND = range(1, -4, -1)


@requires(P.ASSIGN_NUMBERS)
def assigned(request: ScopedRequest) -> HttpResponse:
    """Every commune and school of the reader with its numbers of a year; a file of them."""
    year = _year(request)
    units = _units(request, year)
    form = NumbersFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            changed = assign_numbers(
                given=read_numbers(told["file"], name=told["file"].name, units=units),
                year=year,
                decision=told["decision"],
                decided_on=told["decided_on"],
                by=request.user,
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            _tell(request, changed)
            return redirect(_url(year))
    context: dict[str, Any] = {
        "year": year,
        "tabs": _tabs(request, year),
        "heads": _heads(),
        "rows": [
            {**_row(each, year), "schools": _schools_of(each, units)}
            for each in units
            if each.school is None
        ],
        "form": form,
        "template_url": f"{reverse('mobilisation:assigned_file')}?year={year}",
        "crumbs": _crumbs(_("Assigned numbers")),
    }
    return render_form(request, "mobilisation/assigned.html", context)


@requires(P.ASSIGN_NUMBERS)
@require_safe
def assigned_file(request: ScopedRequest) -> HttpResponseBase:
    """The file to fill in, with what is assigned so far."""
    year = _year(request)
    content = write_template(_units(request, year))
    return download(content, name=f"chi-tieu-giao-{year}.xlsx")


@requires(P.ASSIGN_NUMBERS)
def assigned_commune(request: ScopedRequest, area_id: int) -> HttpResponse:
    """The numbers of one commune."""
    year = _year(request)
    units = _units(request, year)
    found = next((each for each in units if each.school is None and each.area.pk == area_id), None)
    return _one(request, found, year, units)


@requires(P.ASSIGN_NUMBERS)
def assigned_school(request: ScopedRequest, school_id: int) -> HttpResponse:
    """The numbers of one school."""
    year = _year(request)
    units = _units(request, year)
    found = next((each for each in units if each.school and each.school.pk == school_id), None)
    return _one(request, found, year, [])


def _one(
    request: ScopedRequest, unit: Unit | None, year: int, units: Sequence[Unit]
) -> HttpResponse:
    if unit is None:
        raise Http404
    form = NumbersForm(request.POST or None, known=unit.numbers)
    if request.method == "POST" and form.is_valid():
        decision, decided_on = form.decided()
        try:
            changed = assign_numbers(
                given=[(unit.school or unit.area, form.numbers())],
                year=year,
                decision=decision,
                decided_on=decided_on,
                by=request.user,
                area=unit.area,
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            _tell(request, changed)
            return redirect(_url(year))
    context = {
        "unit": unit,
        "year": year,
        "form": form,
        "heads": _heads(),
        "rows": [_row(each, year) for each in units if each.school and each.area == unit.area],
        "crumbs": [*_crumbs(), *_above(unit, year), {"label": unit.name, "url": ""}],
    }
    return render_form(request, "mobilisation/assigned_one.html", context)


def _units(request: ScopedRequest, year: int) -> list[Unit]:
    return selectors.units_of(request.scope.places(P.ASSIGN_NUMBERS), request.scope.tree, year)


def _year(request: ScopedRequest) -> int:
    years = _years(request)
    asked = request.GET.get("year", "")
    return next((each for each in years if str(each) == asked), request.scope.date.year)


def _years(request: ScopedRequest) -> list[int]:
    return [request.scope.date.year + each for each in YEARS_AROUND]


def _tabs(request: ScopedRequest, year: int) -> list[dict[str, Any]]:
    return [
        {"label": str(each), "url": _url(each), "current": each == year} for each in _years(request)
    ]


def _url(year: int) -> str:
    return f"{reverse('mobilisation:assigned')}?year={year}"


def _row(unit: Unit, year: int) -> dict[str, Any]:
    if unit.school is None:
        url = reverse("mobilisation:assigned_commune", args=[unit.area.pk])
    else:
        url = reverse("mobilisation:assigned_school", args=[unit.school.pk])
    return {
        "unit": unit,
        "url": f"{url}?year={year}",
        "cells": [
            (
                HEADINGS.get(code, code),
                unit.numbers[code].children if code in unit.numbers else None,
            )
            for code in VARIANTS
        ],
    }


def _heads() -> list[tuple[str, StrOrPromise]]:
    return [(HEADINGS.get(code, code), each.name) for code, each in VARIANTS.items()]


def _schools_of(unit: Unit, units: Sequence[Unit]) -> tuple[int, int]:
    """(schools of a commune with a number, all of them)."""
    schools = [each for each in units if each.school and each.area == unit.area]
    return sum(bool(each.numbers) for each in schools), len(schools)


def _above(unit: Unit, year: int) -> list[Crumb]:
    if unit.school is None:
        return []
    url = reverse("mobilisation:assigned_commune", args=[unit.area.pk])
    return [{"label": unit.area.title, "url": f"{url}?year={year}"}]


def _tell(request: ScopedRequest, changed: int) -> None:
    if not changed:
        messages.info(request, _("Nothing differs from what is assigned already."))
        return
    said = ngettext("%(count)s number is assigned.", "%(count)s numbers are assigned.", changed) % {
        "count": number(changed)
    }
    messages.success(request, said)


def _crumbs(here: str = "") -> list[Crumb]:
    above: list[Crumb] = [
        {"label": _("Children of the communes"), "url": reverse("mobilisation:communes")}
    ]
    if here:
        return [*above, {"label": here, "url": ""}]
    return [*above, {"label": _("Assigned numbers"), "url": reverse("mobilisation:assigned")}]
