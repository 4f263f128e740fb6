"""Definitions, flags and targets."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.form_pages import render_form
from core.months import Month
from core.permissions import Permission as P
from core.permissions import requires, signed_in
from schools.dated_rules.selectors import groups as rule_groups
from schools.form_refusals import show_refusal
from schools.period_picker import picker, with_query
from schools.school_years.periods import asked_period

from .. import suggested_actions, wording
from ..forms import TargetForm
from ..indicators import NAMED
from ..models import Flag
from ..selectors.dashboards import LEVEL_ORDER
from ..selectors.flags import (
    NO_AREA,
    NO_TARGET,
    NOT_COUNTED,
    flags_in,
    latest_flag_month,
    why_no_flags,
)
from ..selectors.targets import targets_in, targets_past
from ..services.targets import set_target
from .dashboards import asked_level, level_choices

COMMUNES_PER_PAGE = 8
PAST_PER_PAGE = 30
TONES = {
    Flag.Rule.CERTAINLY_LOW: "low",
    Flag.Rule.PERSISTENT: "low",
    Flag.Rule.FALLING: "watch",
    Flag.Rule.WATCH: "watch",
    Flag.Rule.CANNOT_BE_JUDGED: "unknown",
}


@signed_in("definitions hold no data")
def indicators(request):
    """What each figure means, and the rules in force."""
    in_force = [line for group in rule_groups(request.scope) for line in group.lines]
    return render(
        request,
        "reports/indicators.html",
        {"indicators": NAMED.values(), "rules": in_force},
    )


@requires(P.VIEW_FLAGS)
def flags(request):
    """Flags of a month inside the reader's places, with what can be done."""
    places = request.scope.places_to_read(P.VIEW_FLAGS)
    period = asked_period(request.GET)
    month = period.month
    level = asked_level(request, LEVEL_ORDER) if "level" in request.GET else ""
    found = flags_in(places, month=month, level=level)
    page = Paginator(_by_commune(found), COMMUNES_PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "reports/flags.html",
        {
            "page": page,
            "finding": _flags_finding(found, month, level),
            "month": month,
            "latest": None if found else _latest(request, places),
            "nothing": None if found else _nothing(places, month, level),
            "period": picker(request, period),
            "level_choices": level_choices(request, LEVEL_ORDER, level),
            "level_label": _("Education level"),
            "todo": suggested_actions.actions_for(request.scope),
        },
    )


@requires(P.MANAGE_TARGETS)
def targets(request):
    """Targets in force, and a form to set one from a day on."""
    places = request.scope.places(P.MANAGE_TARGETS)
    areas = [
        area
        for pk in request.scope.areas_granted(P.MANAGE_TARGETS)
        for area in [request.scope.tree.get(pk), *request.scope.tree.communes(pk)]
    ]
    # A rehearsal leads here with what was tried.
    form = TargetForm(request.POST or None, areas=areas, initial=request.GET.dict())
    if request.method == "POST" and form.is_valid():
        try:
            set_target(**form.cleaned_data, by=request.user)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The target is set."))
            return redirect("reports:targets")
    today = timezone.localdate()
    past = targets_past(request.scope.places_to_read(P.MANAGE_TARGETS), on=today)
    page = Paginator(past, PAST_PER_PAGE).get_page(request.GET.get("page"))
    return render_form(
        request,
        "reports/targets.html",
        {
            "targets": _target_rows(targets_in(places, on=today)),
            "page": page,
            "past": _target_rows(page.object_list),
            "form": form,
        },
    )


def _target_rows(targets):
    return [
        {
            "target": target,
            "name": NAMED[target.indicator].name,
            "share": float(target.percent) / 100,
        }
        for target in targets
    ]


def _by_commune(found):
    """Communes with their flags in the order given; `by_level` holds the first of each level."""
    rows = {}
    for flag in found:
        flag.tone = TONES[flag.rule]
        row = rows.setdefault(
            flag.commune_id, {"commune": flag.commune, "flags": [], "by_level": {}}
        )
        row["flags"].append(flag)
        row["by_level"].setdefault(flag.level, flag)
    return list(rows.values())


def _latest(request, places):
    """The newest month with a flag and its address; None when there never was one."""
    latest = latest_flag_month(places)
    if latest is None:
        return None
    month = Month.of(latest)
    return {"month": month, "url": with_query(request, month=month)}


def _nothing(places, month, level):
    """Why a month has no flag, as title and text: nothing judged is never said to be well."""
    why = why_no_flags(places, month=month, level=level)
    if why == NO_AREA:
        return {
            "title": _("No unit in your places"),
            "text": _("In this month there was no commune among the places you see."),
        }
    if why == NOT_COUNTED:
        return {
            "title": _("Not counted yet"),
            "text": _("There are no figures of this month: nobody can say yet who is low."),
        }
    if why == NO_TARGET:
        return {
            "title": _("No target is set"),
            "text": _("There are figures of this month, but no target to compare them with."),
        }
    return {
        "title": _("No flag in this month"),
        "text": _(
            "No commune with figures has a flag. The figures of a running month still change."
        ),
    }


def _flags_finding(found, month, level):
    said = {"month": month.label, "level": wording.level_name(level)}
    if not found:
        return _("Month %(month)s, %(level)s: no flag.") % said
    communes = len({flag.commune_id for flag in found})
    low = len({flag.commune_id for flag in found if flag.rule == Flag.Rule.CERTAINLY_LOW})
    flags = ngettext("%(count)s flag", "%(count)s flags", len(found)) % {"count": len(found)}
    text = ngettext(
        "Month %(month)s, %(level)s: %(flags)s in %(communes)s commune, %(low)s certainly low.",
        "Month %(month)s, %(level)s: %(flags)s in %(communes)s communes, %(low)s certainly low.",
        communes,
    )
    return text % {**said, "flags": flags, "communes": communes, "low": low}
