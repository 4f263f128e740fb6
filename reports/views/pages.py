"""Definitions, flags and targets."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from schools import rules
from schools.enums import EducationLevel
from schools.months import Month
from schools.permissions import Permission as P
from schools.permissions import requires, signed_in

from .. import todo, words
from ..forms import TargetForm
from ..indicators import INDICATORS
from ..models import Flag
from ..selectors.dashboards import LEVEL_ORDER
from ..selectors.flags import flags_in, latest_flag_month
from ..selectors.targets import targets_in
from ..services.targets import set_target
from .dashboards import asked_level, level_choices, month_choices, with_query

FLAGS_PER_PAGE = 30
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
    table = rules.table(on=timezone.localdate())
    in_force = [
        {
            "meaning": spec.meaning,
            "unit": spec.unit,
            "value": f"{table[spec.key, ''].normalize():f}",
            "levels": [
                (EducationLevel(level).label, f"{table[spec.key, level].normalize():f}")
                for level in spec.by_level
            ],
        }
        for spec in rules.declared()
    ]
    return render(
        request,
        "reports/indicators.html",
        {"indicators": INDICATORS.values(), "rules": in_force},
    )


@requires(P.VIEW_FLAGS)
def flags(request):
    """Flags of a month inside the reader's places, with what can be done."""
    places = request.scope.places(P.VIEW_FLAGS)
    month = _month(request) if "month" in request.GET else _month_judged(places)
    level = asked_level(request, LEVEL_ORDER) if "level" in request.GET else ""
    found = flags_in(places, month=month, level=level)
    for flag in found:
        flag.tone = TONES[flag.rule]
    return render(
        request,
        "reports/flags.html",
        {
            "page": Paginator(found, FLAGS_PER_PAGE).get_page(request.GET.get("page")),
            "finding": _flags_finding(found, month, level),
            "month": month,
            "latest": None if found else _latest(request, places),
            "month_choices": month_choices(request, month),
            "month_label": _("Month"),
            "level_choices": level_choices(request, LEVEL_ORDER, level),
            "level_label": _("Education level"),
            "todo": todo.actions_for(request.scope),
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
    form = TargetForm(request.POST or None, areas=areas)
    if request.method == "POST" and form.is_valid():
        try:
            set_target(**form.cleaned_data, by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The target is set."))
            return redirect("reports:targets")
    rows = [
        {
            "target": target,
            "name": INDICATORS[target.indicator].name,
            "share": float(target.percent) / 100,
        }
        for target in targets_in(places, on=timezone.localdate())
    ]
    return render(request, "reports/targets.html", {"targets": rows, "form": form})


def _month(request):
    try:
        return min(Month.parse(request.GET["month"]), Month.current())
    except ValueError:
        return Month.current()


def _month_judged(places):
    """This month, or the last one until this one has a flag; an older flag is no news."""
    this, latest = Month.current(), latest_flag_month(places)
    return this if latest is None or latest >= this.first else this.plus(-1)


def _latest(request, places):
    """The newest month with a flag and its address; None when there never was one."""
    latest = latest_flag_month(places)
    if latest is None:
        return None
    month = Month.of(latest)
    return {"month": month, "url": with_query(request, month=month)}


def _flags_finding(found, month, level):
    said = {"month": month.label, "level": words.level_name(level)}
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
