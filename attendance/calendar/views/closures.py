"""Closures, make-up days and exceptions of the reader's places, as a calendar of the year."""

from itertools import groupby
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.form_pages import render_form
from core.months import Month
from core.permissions import Permission as P
from core.permissions import requires
from schools.directory.selectors.classes import classes_in_places
from schools.form_refusals import show_refusal
from schools.models import Area

from ...enums import NotHeldReason
from ..forms import ClosureForm, ColdForm, Kind
from ..selectors.closures import (
    closure_in,
    closures_seen,
    levels_offered,
    months_of,
    places_to_close,
    tell_exceptions,
)
from ..selectors.cold_weather import cold_proposal
from ..selectors.impact import effect_of_taking_back, registers_decided
from ..services.closures import RegistersSent, close_levels, remove_closure
from .years import asked_year, choices_of_all_years

PAGE_SIZE = 60
EXCEPTIONS_SHOWN = 50
ASKED_BEFORE = ("place", "first_day", "last_day")


@requires(P.MANAGE_CALENDAR)
def closures(request):
    """The calendar of a year, and a form that adds to it."""
    scope = request.scope
    kind = _asked_kind(request)
    offered = places_to_close(scope, P.MANAGE_CALENDAR)
    taught = levels_offered(offered, scope.tree)
    context = {"sent": [], "status": 200}
    if kind == Kind.COLD:
        context |= _cold(request, offered, taught)
        form = context["form"]
    else:
        form = ClosureForm(
            request.POST or None,
            initial=_answering(request),
            places=offered,
            kind=kind,
            taught=taught,
        )
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            made = close_levels(**form.values(), by=request.user)
        except RegistersSent as sent:
            form.ask_what_becomes()
            form.add_error("choice", sent.message)
            context["sent"] = _shown(scope, sent.registers)
            context["sent_count"] = sent.count
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Saved. The figures are being recounted."))
            if len(made) == 1:
                return redirect("attendance:closure", made[0].pk)
            month = Month.of(made[0].valid_from)
            return redirect(f"{reverse('attendance:closures')}?month={month}")
    year = asked_year(request)
    return render_form(
        request,
        "attendance/closures.html",
        context
        | _calendar(request, year)
        | {
            "form": form,
            "kind": kind,
            "kinds": _kinds(kind),
            "year": year,
            "years": choices_of_all_years(request, year),
        },
    )


@requires(P.MANAGE_CALENDAR)
def closure(request, closure_id):
    """One closure: what it does now, who holds school all the same, what became of registers."""
    scope = request.scope
    own = closure_in(scope.places(P.MANAGE_CALENDAR), closure_id)
    found = own or closures_seen(scope).filter(pk=closure_id).first()
    if found is None:
        raise Http404
    tell_exceptions([found], scope)
    context = {
        "closure": found,
        "is_own": own is not None,
        "exceptions": found.exceptions[:EXCEPTIONS_SHOWN],
        "crumbs": _crumbs(found),
    }
    if own is not None:
        effect = effect_of_taking_back(found)
        context["sessions"] = effect.sessions_lost if found.is_held else effect.sessions_gained
        if found.registers_choice:
            decided = registers_decided(found)
            context |= {"sent": _shown(scope, [decided]), "sent_count": len(decided)}
    return render(request, "attendance/closure.html", context)


@requires(P.MANAGE_CALENDAR)
def remove(request, closure_id):
    """Ask, saying what would change, then take a closure back."""
    found = closure_in(request.scope.places(P.MANAGE_CALENDAR), closure_id)
    if found is None:
        raise Http404
    if request.method == "POST":
        remove_closure(closure=found, by=request.user)
        messages.success(request, _("Taken back. The figures are being recounted."))
        return redirect("attendance:closures")
    return render(
        request,
        "attendance/closure_remove.html",
        {
            "closure": found,
            "effect": effect_of_taking_back(found),
            "along": found.along.count(),
            "crumbs": [*_crumbs(found), {"label": _("Take back")}],
        },
    )


def _asked_kind(request):
    asked = (request.POST or request.GET).get("what", "")
    return Kind(asked) if asked in Kind.values else Kind.CLOSED


def _kinds(kind):
    page = reverse("attendance:closures")
    return [
        {"label": each.label, "url": f"{page}?what={each}#new", "current": each == kind}
        for each in Kind
    ]


def _answering(request):
    """Values of the closure against which school is held anyway."""
    number = request.GET.get("closure", "")
    if not number.isdecimal() or len(number) > 18:
        return {}
    found = closures_seen(request.scope).filter(pk=number).first()
    if found is None:
        return {}
    return {
        "first_day": found.valid_from,
        "last_day": found.last_day,
        "levels": [found.level] if found.level else [],
        "session": found.session,
        "reason": found.reason,
    }


def _cold(request, offered, taught):
    """The question how cold it is or, once answered, the proposal and a form to confirm."""
    data = request.POST or (request.GET if "temperature" in request.GET else None)
    asked = {name: request.GET[name] for name in ASKED_BEFORE if name in request.GET}
    initial = {"first_day": timezone.localdate()} | asked
    question = ColdForm(data, places=offered, initial=initial)
    if data is None or not question.is_valid():
        return {"question": question, "form": None}
    answer = question.cleaned_data
    key = data["place"]
    proposal = cold_proposal(
        answer["place"], answer["first_day"], answer["temperature"], taught[key]
    )
    form = ClosureForm(
        request.POST or None,
        places=offered,
        kind=Kind.COLD,
        taught=taught,
        staying=proposal.staying,
        initial={
            **{name: data[name] for name in ("place", "first_day", "last_day", "temperature")},
            "reason": NotHeldReason.COLD,
            "levels": proposal.closed,
            "held_at": [str(school.pk) for school in proposal.staying],
        },
    )
    asked = {"what": Kind.COLD} | {name: data[name] for name in ASKED_BEFORE}
    return {
        "form": form,
        "proposal": proposal,
        "place_label": next(label for each, _place, label in offered if each == key),
        "asked_days": {"valid_from": answer["first_day"], "last_day": answer["last_day"]},
        "ask_again": f"{reverse('attendance:closures')}?{urlencode(asked)}#new",
    }


def _calendar(request, year):
    """A page of the year's closures, or of one month's, and the months to choose from."""
    seen = closures_seen(request.scope)
    if year is not None:
        seen = seen.during(year.valid_from, year.valid_to)
    counts = months_of(seen)
    month = _asked_month(request)
    if month is not None:
        seen = seen.during(month.first, month.end)
    page = Paginator(seen, PAGE_SIZE).get_page(request.GET.get("page"))
    page.object_list = tell_exceptions(page.object_list, request.scope)
    shown = [
        {"month": each, "rows": list(rows)}
        for each, rows in groupby(page.object_list, lambda row: Month.of(row.valid_from))
    ]
    here = reverse("attendance:closures")
    code = f"&year={year.code}" if year else ""
    choices = [{"label": _("Whole year"), "url": f"{here}?{code[1:]}#list", "current": not month}]
    choices += [
        {
            "label": f"{each.label} · {counts[each]}",
            "url": f"{here}?month={each}{code}#list",
            "current": each == month,
        }
        for each in sorted(counts)
    ]
    return {"page": page, "months": choices, "months_shown": shown}


def _asked_month(request):
    try:
        return Month.parse(request.GET.get("month", ""))
    except ValueError:
        return None


def _shown(scope, registers):
    """The first registers of each list; `is_readable` where the reader may open the sheet."""
    shown = [register for each in registers for register in each.shown]
    readable = classes_in_places(
        scope.places(P.VIEW_REGISTER), [register.school_class_id for register in shown]
    )
    for register in shown:
        register.is_readable = register.school_class_id in readable
    return shown


def _crumbs(found):
    place = found.area.title if isinstance(found.place, Area) else str(found.place)
    return [
        {"label": _("Closures"), "url": reverse("attendance:closures")},
        {
            "label": f"{place} · {found.valid_from:%d/%m/%Y}",
            "url": reverse("attendance:closure", args=[found.pk]),
        },
    ]
