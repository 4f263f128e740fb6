"""Asking for registers to be opened again, answering, and ending it early."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.access import reach
from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from schools.directory.selectors.classes import class_in, lies_in
from schools.form_refusals import show_refusal

from ..models.reopenings import CLOSE, REOPENINGS
from .forms import AskForm, OpenForm
from .selectors import asked_or_answered, of_their_decision, places_to_open, to_close, to_decide
from .services import ask_reopening, close_reopening, decide_reopening, open_registers

PAGE_SIZE = 20


@requires(P.TAKE_REGISTER)
@never_cache
def ask(request, class_id, date, session):
    """Ask for the register of a day, and days beside it, to be opened again."""
    found = reach(request.scope, P.TAKE_REGISTER, lambda places: class_in(places, class_id))
    by_office = lies_in(request.scope.places(P.MANAGE_SCHOOL), found)
    initial = {"first_day": date, "last_day": date}
    form = AskForm(request.POST or None, initial=initial, by_office=by_office)
    if request.method == "POST" and form.is_valid():
        try:
            ask_reopening(
                school_class=found, by=request.user, by_office=by_office, **form.cleaned_data
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Asked. You see the answer here."))
            return redirect("attendance:reopenings")
    sheet = reverse("attendance:sheet", args=[found.pk, date, session])
    return render_form(
        request,
        "attendance/reopening_ask.html",
        {
            "form": form,
            "school_class": found,
            "by_office": by_office,
            "crumbs": [
                {"label": f"{found.name} · {session.label} {date:%d/%m/%Y}", "url": sheet},
                {"label": _("Ask to open it again")},
            ],
        },
    )


@requires(P.TAKE_REGISTER, P.REOPEN_REGISTERS)
@never_cache
def reopenings(request):
    """What waits for this person's answer, and what was asked and answered."""
    waiting = list(to_decide(request.scope))
    others = asked_or_answered(request.scope).exclude(pk__in=[each.pk for each in waiting])
    page = Paginator(others, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "attendance/reopenings.html",
        {
            "waiting": waiting,
            "page": page,
            "closable": _closable(request.scope, page.object_list),
            "may_open": bool(request.scope.areas_granted(P.REOPEN_REGISTERS)),
        },
    )


@requires(P.REOPEN_REGISTERS)
@never_cache
def open_again(request):
    """Open the registers of a school or an area without being asked."""
    places = places_to_open(request.scope)
    if not places:
        raise PermissionDenied
    form = OpenForm(request.POST or None, places=places)
    if request.method == "POST" and form.is_valid():
        try:
            opened = open_registers(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _opened_until(opened))
            return redirect("attendance:reopenings")
    return render_form(
        request,
        "attendance/reopening_open.html",
        {
            "form": form,
            "crumbs": [
                {
                    "label": _("Registers to open again"),
                    "url": reverse("attendance:reopenings"),
                },
                {"label": _("Open a place again")},
            ],
        },
    )


@requires(P.REOPEN_REGISTERS)
def decide(request, reopening_id):
    """Grant or refuse a request."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    # One that a colleague decided a moment ago is answered in words, not as if it were not there.
    reopening = of_their_decision(request.scope).filter(pk=reopening_id).first()
    if reopening is None:
        raise Http404
    granted = "grant" in request.POST
    try:
        decided = decide_reopening(
            reopening=reopening,
            granted=granted,
            answer=request.POST.get("answer", "")[:300],
            by=request.user,
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _opened_until(decided) if granted else _("Refused."))
    return redirect("attendance:reopenings")


@requires(P.REOPEN_REGISTERS)
@never_cache
def close(request, reopening_id):
    """Ask once more, then end a reopening before its hours are over."""
    found = to_close(request.scope).filter(pk=reopening_id).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        try:
            close_reopening(reopening=found, by=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("Closed again."))
        return redirect("attendance:reopenings")
    return render(
        request,
        "attendance/reopening_close.html",
        {
            "each": found,
            "is_open": REOPENINGS.may(CLOSE, found, request.scope),
            "crumbs": [
                {
                    "label": _("Registers to open again"),
                    "url": reverse("attendance:reopenings"),
                },
                {"label": _("Close again")},
            ],
        },
    )


def _closable(scope, shown):
    """Ids of those shown that are open and that this person may close; no query while none is."""
    now = timezone.now()
    is_open = [each.pk for each in shown if each.is_open_at(now)]
    if not is_open or not scope.may(P.REOPEN_REGISTERS):
        return set()
    return set(to_close(scope).filter(pk__in=is_open).values_list("pk", flat=True))


def _opened_until(reopening):
    until = timezone.localtime(reopening.open_until)
    return _("Opened until %(time)s.") % {"time": until.strftime("%H:%M %d/%m/%Y")}
