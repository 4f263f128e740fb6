"""Did it help: one visit, the visits of a plan, and a school year's."""

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import reach
from core.estimates import BADGES
from core.formatting import percent, points
from core.months import Month
from core.permissions import Permission as P
from core.permissions import requires
from reports.wording import level_name
from schools.directory.year_choices import year_choices

from ..models import Visit
from ..selectors import plans as plan_selectors
from ..selectors import visits as visit_selectors
from ..views.crumbs import plan_crumbs, visit_crumbs
from . import selectors, wording
from .courses import Measure

YEARS_OFFERED = 4


@requires(P.RECORD_VISIT, P.VIEW_PLANS)
def visit(request, visit_id):
    """What followed one visit, against similar communes that nobody visited."""
    found = visit_selectors.visit_for(request.user, request.scope, visit_id)
    if found is None or found.state != Visit.State.DONE:
        raise Http404
    effect, limits = selectors.effect_of(found, today=request.scope.date)
    crumbs = visit_crumbs(request, found)
    crumbs[-1]["url"] = reverse("inspections:visit", args=[found.pk])
    # Only months that may still come: those past do not change by themselves.
    window = Month.of(found.visited_on).plus(limits.after)
    is_short = len(effect.main.after) < limits.after and window.end > request.scope.date
    return render(
        request,
        "inspections/visit_effect.html",
        {
            "crumbs": [*crumbs, {"label": _("Did it help?"), "url": ""}],
            "visit": found,
            "headline": wording.headline(found, effect.main),
            "sentences": wording.told(effect.main, limits),
            "tables": _tables([effect.main, *effect.others], limits),
            "unknown": wording.unknown(is_short),
        },
    )


@requires(P.VIEW_PLANS)
def plan(request, plan_id):
    """What followed the visits of a plan."""
    found = reach(
        request.scope,
        P.VIEW_PLANS,
        lambda places: plan_selectors.plan_in(places, plan_id),
        reading=True,
    )
    effects, limits = selectors.effects_of(
        found.visits.select_related("commune").filter(state=Visit.State.DONE),
        today=request.scope.date,
    )
    counted = selectors.count(effects, limits)
    return render(
        request,
        "inspections/plan_effect.html",
        {
            "crumbs": [*plan_crumbs(found), {"label": _("Did it help?"), "url": ""}],
            "plan": found,
            "counted": counted,
            "sentences": _sentences(counted, limits),
            "visits": [_visit_row(each, limits) for each in effects],
            "unknown": wording.unknown(False),
        },
    )


@requires(P.VIEW_PLANS)
def year(request):
    """What followed the visits of a school year, by what they asked for."""
    years = selectors.years_with_visits(request.scope.date)
    asked = request.GET.get("year", "")
    chosen = next((each for each in years if each.code == asked or not asked), None)
    if chosen is None and asked:
        raise Http404
    context = {
        "crumbs": [
            {"label": _("Plans"), "url": reverse("inspections:plans")},
            {"label": _("Did it help?"), "url": ""},
        ],
        "year": chosen,
        "years": year_choices(request, years[:YEARS_OFFERED], chosen),
        "unknown": wording.unknown(False),
    }
    if chosen is not None:
        found = selectors.year_effect(
            request.user, request.scope, year=chosen, today=request.scope.date
        )
        context |= {
            "counted": found.counted,
            "sentences": _sentences(found.counted, found.limits),
            "kinds": [_kind_row(each, found.limits) for each in found.kinds],
            "visits": [_visit_row(each, found.limits) for each in found.visits],
            "left_out": found.left_out,
        }
    return render(request, "inspections/year_effect.html", context)


def _tables(found, limits):
    return [
        {
            "measure": measure,
            "rows": [_row(each, limits) for each in found if each.measure == measure],
        }
        for measure in Measure
    ]


def _sentences(counted, limits):
    said = [wording.counted(counted), wording.by_chance(counted)]
    if counted.judged:
        said.append(wording.mean(counted, limits))
    return [each for each in said if each]


def _visit_row(effect, limits):
    return {"visit": effect.visit, **_row(effect.main, limits)}


def _kind_row(each, limits):
    mean = each.counted.mean
    return {
        "name": each.name,
        "recommendations": each.recommendations,
        "done": each.done,
        "counted": each.counted,
        "effect": "" if mean is None else points(mean.effect),
        "interval": "" if mean is None else _interval(mean),
        "state": BADGES[each.counted.verdict],
        "word": wording.badge(each.counted.verdict),
    }


def _row(found, limits):
    """A line of a table; without a comparison with the reason why."""
    compared = found.comparison
    row = {
        "name": level_name(found.level),
        "state": BADGES[found.verdict],
        "word": wording.badge(found.verdict),
        "why_not": wording.why_not(found, limits) if compared is None else "",
    }
    if compared is not None:
        row |= {
            "before": percent(compared.before),
            "after": percent(compared.after),
            "foreseen": percent(compared.expected),
            "effect": points(compared.effect),
            "interval": _interval(compared),
            "similar": compared.similar,
        }
    return row


def _interval(of):
    return _("%(low)s to %(high)s") % {"low": points(of.low), "high": points(of.high)}
