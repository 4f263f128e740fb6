"""Who is on the way, and the acts of the two schools: send, receive, send back, send on."""

import datetime
from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import reach
from core.form_pages import render_form
from core.formatting import number
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest, StrOrPromise

from ..access_trail import lists_shown, names_shown
from ..crumbs import pupil_crumbs, school_crumbs
from ..directory.selectors.schools import commune_of
from ..enums import NamesKind
from ..form_refusals import show_refusal
from ..models import Area, Enrolment, Pupil, School, Transfer
from ..pupils.following import following
from ..pupils.past_registers import Effect
from ..pupils.selectors.pupils import enrolment_in
from ..pupils.views.past import written
from . import selectors, services
from .forms import DestinationForm, DroppedOutForm, ReceiveForm, SendBackForm, SendForm

PAGE_SIZE = 30
ONE_DAY = datetime.timedelta(days=1)


@requires(P.VIEW_PUPILS)
def transfers(request: ScopedRequest) -> HttpResponse:
    """Pupils on the way from, to or at home in the reader's places."""
    scope, today = request.scope, request.scope.date
    kind = request.GET.get("kind", "")
    if kind not in selectors.KINDS:
        kind = ""
    places = scope.places_to_read(P.VIEW_PUPILS)
    found = selectors.transfers_in(places, kind=kind, on=today)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = selectors.transfer_rows(
        list(page.object_list), manages=scope.places(P.MANAGE_PUPILS), on=today
    )
    counts = selectors.count_waiting(places, on=today)
    lists_shown(
        request,
        NamesKind.ARRIVALS,
        [(row.transfer.from_class.school_id, row.transfer.from_class_id) for row in rows],
    )
    return render(
        request,
        "schools/transfers.html",
        {
            "kinds": [
                {"label": label, "url": f"?kind={code}" if code else "?", "current": code == kind}
                for code, label in _labels(counts)
            ],
            "kind": kind,
            "page": page,
            "rows": rows,
            "following": following(scope, [row.transfer.pupil_id for row in rows]),
            "counts": counts,
            "unplaced": []
            if kind == selectors.RECEIVED or places.only_classes
            else selectors.unplaced_groups(places, on=today),
        },
    )


def _labels(counts: selectors.WaitingCounts) -> list[tuple[str, str]]:
    return [
        ("", f"{_('All that wait')} ({number(counts.waiting)})"),
        (selectors.OVERDUE, f"{_('Nobody knows where')} ({number(counts.overdue)})"),
        (selectors.RETURNED, f"{_('Sent back')} ({number(counts.returned)})"),
        (selectors.RECEIVED, _("Received")),
    ]


@requires(P.MANAGE_PUPILS)
def send(request: ScopedRequest, enrolment_id: int) -> HttpResponse:
    """Let a pupil go to another school of the province."""
    spell: Enrolment = reach(
        request.scope, P.MANAGE_PUPILS, lambda places: enrolment_in(places, enrolment_id)
    )
    form = SendForm(
        request.POST or None,
        schools=_schools_for(request, spell.pupil, spell.grade, spell.school_class.school),
        initial={"on": request.scope.date + ONE_DAY},
    )
    past = None
    if request.method == "POST" and form.is_valid():
        try:
            sent, past = written(
                request,
                lambda choice: services.send(
                    enrolment=spell, by=request.user, choice=choice, **form.cleaned_data
                ),
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            if past is None:
                messages.success(
                    request,
                    _("%(name)s is expected at %(school)s.")
                    % {"name": spell.pupil.full_name, "school": sent.to_school.name},
                )
                return redirect("schools:pupil", pupil_id=spell.pupil_id)
            spell.refresh_from_db()
    names_shown(request, NamesKind.PUPIL, pupil=spell.pupil_id, school_class=spell.school_class)
    return render_form(
        request,
        "schools/form.html",
        {
            "crumbs": pupil_crumbs(request, spell, _("To another school")),
            "title": _("%(name)s goes to another school") % {"name": spell.pupil.full_name},
            "note": _(
                "That school sees the pupil as expected and chooses the class. For a school "
                "outside the province take the pupil off the roll."
            ),
            "spell": spell,
            "has_left": spell.valid_to is not None,
            "form": form,
            "past": past,
            "action": _("Send"),
            "back": reverse("schools:pupil", args=[spell.pupil_id]),
        },
    )


@requires(P.MANAGE_PUPILS)
def receive(request: ScopedRequest, transfer_id: int) -> HttpResponse:
    """Give an expected pupil a class and a first day."""
    found = _to_here(request, transfer_id)
    form = ReceiveForm(
        request.POST or None,
        grade=found.grade,
        classes=selectors.classes_for(found, on=request.scope.date),
        # From the day of leaving on, so that no day is on neither roll.
        initial={"start": found.leaves_on},
    )

    def write() -> tuple[StrOrPromise, Effect | None]:
        spell, past = written(
            request,
            lambda choice: services.receive(
                transfer=found, by=request.user, choice=choice, **form.cleaned_data
            ),
        )
        # Without the name: the list that follows no longer has the pupil.
        name = spell.school_class.name if spell else ""
        return _("The pupil is in class %(name)s.") % {"name": name}, past

    title = _("Receive %(name)s") % {"name": found.pupil.full_name}
    return _answer(request, found, form, write, title, _("Receive"), here=found.to_school)


@requires(P.MANAGE_PUPILS)
def send_back(request: ScopedRequest, transfer_id: int) -> HttpResponse:
    """Say that an expected pupil does not come."""
    found = _to_here(request, transfer_id)
    form = SendBackForm(request.POST or None)

    def write() -> tuple[StrOrPromise, Effect | None]:
        services.send_back(transfer=found, by=request.user, **form.cleaned_data)
        return _("%(school)s sees that the pupil did not come.") % {
            "school": found.from_class.school.name
        }, None

    title = _("%(name)s does not come here") % {"name": found.pupil.full_name}
    return _answer(request, found, form, write, title, _("Send back"), here=found.to_school)


@requires(P.MANAGE_PUPILS)
def send_on(request: ScopedRequest, transfer_id: int) -> HttpResponse:
    """Say that a pupil went to another school than was said."""
    found = _from_here(request, transfer_id)
    form = DestinationForm(
        request.POST or None,
        schools=_schools_for(request, found.pupil, found.grade, found.from_class.school),
        initial={"to": found.to_school_id},
    )

    def write() -> tuple[StrOrPromise, Effect | None]:
        sent = services.send_on(transfer=found, by=request.user, **form.cleaned_data)
        return _("The pupil is expected at %(school)s.") % {"school": sent.to_school.name}, None

    title = _("Send %(name)s to another school") % {"name": found.pupil.full_name}
    return _answer(request, found, form, write, title, _("Send"), here=found.from_class.school)


@requires(P.MANAGE_PUPILS)
def dropped_out(request: ScopedRequest, transfer_id: int) -> HttpResponse:
    """Say that a pupil who was to come to another school dropped out."""
    found = _from_here(request, transfer_id)
    form = DroppedOutForm(request.POST or None)

    def write() -> tuple[StrOrPromise, Effect | None]:
        services.say_dropped_out(transfer=found, by=request.user, **form.cleaned_data)
        return _("The dropout is recorded."), None

    title = _("%(name)s is at no school") % {"name": found.pupil.full_name}
    action = _("Record the dropout")
    return _answer(request, found, form, write, title, action, here=found.from_class.school)


def _answer(
    request: ScopedRequest,
    found: Transfer,
    form: forms.Form,
    write: Callable[[], tuple[StrOrPromise, Effect | None]],
    title: StrOrPromise,
    action: StrOrPromise,
    *,
    here: School,
) -> HttpResponse:
    """Show the form, or write and lead back to the list; a refusal is shown in the form."""
    past = None
    if request.method == "POST" and form.is_valid():
        try:
            done, past = write()
        except ValidationError as error:
            show_refusal(form, error)
        else:
            if past is None:
                messages.success(request, done)
                return redirect("schools:transfers")
    names_shown(
        request,
        NamesKind.ARRIVALS,
        pupil=found.pupil_id,
        school_class=found.from_class,
    )
    return render_form(
        request,
        "schools/transfer.html",
        {
            "crumbs": [
                *school_crumbs(request, here),
                {"label": _("Pupils on the way"), "url": reverse("schools:transfers")},
                {"label": action, "url": ""},
            ],
            "title": title,
            "transfer": found,
            "form": form,
            "past": past,
            "action": action,
            "back": reverse("schools:transfers"),
            "is_received": isinstance(form, ReceiveForm),
        },
    )


def _to_here(request: ScopedRequest, transfer_id: int) -> Transfer:
    """A transfer whose receiving school is the reader's; who only sees it is refused."""
    return reach(
        request.scope,
        P.MANAGE_PUPILS,
        lambda places: selectors.transfer_to(places, transfer_id),
    )


def _from_here(request: ScopedRequest, transfer_id: int) -> Transfer:
    return reach(
        request.scope,
        P.MANAGE_PUPILS,
        lambda places: selectors.transfer_from(places, transfer_id),
    )


def _schools_for(
    request: ScopedRequest, pupil: Pupil, grade: int, school: School
) -> list[tuple[Area, list[School]]]:
    today = request.scope.date
    here = commune_of(school, on=today)
    near = {pupil.home_id, here.pk if here else None} - {None}
    return selectors.destinations(
        grade=grade, besides=school.pk, near={pk for pk in near if pk}, on=today
    )
