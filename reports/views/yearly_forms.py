"""The page of the yearly forms of universal education: their rates, and which cross-checks fail."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from core.formatting import number
from core.months import Month
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest
from mobilisation.crumbs import commune_crumbs
from mobilisation.yearly_forms.checks import Check
from mobilisation.yearly_forms.figures import (
    ELEVEN,
    GOING_ON,
    GRADUATED,
    INTO_SIX,
    SIX,
    TO_FOURTEEN,
    share_of,
)
from mobilisation.yearly_forms.selectors import YearlyForms
from mobilisation.yearly_forms.selectors import yearly_forms as forms_of
from schools.areas.selectors.tree import area_in
from schools.crumbs import Crumb
from schools.enums import AreaLevel
from schools.models import Area
from schools.period_picker import picker
from schools.school_years.periods import asked_period

from ..exports.yearly_forms import YEARLY_FORMS, explained


@requires(P.VIEW_FIGURES)
@require_safe
def yearly_forms(request: ScopedRequest, area_id: int) -> HttpResponse:
    """The yearly forms of a province, district, cluster or commune with the rolls of a month."""
    area = area_in(request.scope.places_to_read(P.VIEW_FIGURES), area_id)
    if area is None:
        raise Http404
    period = asked_period(request.GET)
    found = forms_of(area, period.month, today=timezone.localdate())
    may_export = area.pk in request.scope.places_to_read(P.EXPORT_FIGURES).areas
    context: dict[str, Any] = {
        "area": area,
        "period": picker(request, period),
        "finding": _finding(area, period.month, found),
        "crumbs": _crumbs(area),
        "found": found,
    }
    if found is not None:
        is_commune = area.level == AreaLevel.COMMUNE
        context |= {
            "forms": _forms(),
            "rates": _rates(found),
            "checks": sorted(found.checks, key=lambda check: check.holds) if is_commune else [],
            "whole_checks": [] if is_commune else [c for c in found.checks if c.area == area],
            "communes": [] if is_commune else _communes(found, period.month),
            "order": {"kind": YEARLY_FORMS.code, "area": area.pk, "month": period.month},
            "may_export": may_export,
            "explained": explained(),
        }
    return render(request, "reports/yearly_forms.html", context)


def _finding(area: Area, month: Month, found: YearlyForms | None) -> str:
    if found is None:
        return _("Yearly forms: no school year runs in %(month)s.") % {"month": month.label}
    said = {"area": area.title, "year": found.year, "count": number(len(found.failing))}
    if not found.failing:
        return _("Yearly forms of %(area)s, %(year)s: every cross-check holds.") % said
    return (
        ngettext(
            "Yearly forms of %(area)s, %(year)s: %(count)s cross-check fails.",
            "Yearly forms of %(area)s, %(year)s: %(count)s cross-checks fail.",
            len(found.failing),
        )
        % said
    )


def _forms() -> list[tuple[str, str]]:
    return [
        ("TH-02", _("results of universal primary education, by commune")),
        ("THCS-2.1", _("results of universal lower secondary education, by commune")),
        ("THCS-M1", _("children of 11 to 18 by age, grade and where they learn")),
        ("XMC-3", _("literacy of people of 15 to 60 by age")),
    ]


def _rates(found: YearlyForms) -> list[dict[str, Any]]:
    names = {
        SIX: _("Children of 6 in grade 1"),
        INTO_SIX: _("From primary school into grade 6"),
        ELEVEN: _("Children of 11 who finished primary school"),
        TO_FOURTEEN: _("Children of 11 to 14 who finished primary school"),
        GRADUATED: _("Young people of 15 to 18 who finished lower secondary school"),
        GOING_ON: _("Young people of 15 to 18 who go on learning"),
    }
    return [
        {
            "name": name,
            "tally": found.whole.shares[code],
            "rate": share_of(found.whole.shares[code]),
        }
        for code, name in names.items()
    ]


def _communes(found: YearlyForms, month: Month) -> list[dict[str, Any]]:
    checks: dict[int, list[Check]] = {}
    for check in found.checks:
        if check.area is not None:
            checks.setdefault(check.area.pk, []).append(check)
    rows = [
        _commune(form.area, checks[form.area.pk], month) for form in found.communes if form.area
    ]
    # The most to mend comes first; those without a survey before all.
    return sorted(rows, key=lambda row: (row["surveyed"], -len(row["failing"])))


def _commune(area: Area, checks: Sequence[Check], month: Month) -> dict[str, Any]:
    return {
        "area": area,
        "url": f"{reverse('reports:yearly_forms', args=[area.pk])}?month={month}",
        "failing": [check for check in checks if not check.holds],
        "all": len(checks),
        "surveyed": len(checks) > 1,
    }


def _crumbs(area: Area) -> list[Crumb]:
    here = _("Yearly forms")
    if area.level == AreaLevel.COMMUNE:
        return commune_crumbs(area, here)
    return [
        {"label": _("Children of the communes"), "url": reverse("mobilisation:communes")},
        {"label": here, "url": ""},
    ]
