"""Saying who is a semi-boarder: one pupil, and a class on one form."""

import datetime

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import reach
from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest, StrOrPromise

from ...access_trail import names_shown
from ...crumbs import class_crumbs, pupil_crumbs
from ...directory.selectors.classes import class_in, day_in_year
from ...enums import NamesKind
from ...form_refusals import show_refusal
from ...models import Enrolment, Pupil, SemiBoarding
from ...pupils.selectors.pupils import class_list, kept_spell_in, pupil_in
from ..forms import ClassForm, RemoveTimeForm, SemiBoardingForm
from ..selectors.semi_boarders import semi_boarders_among, time_in
from ..services import semi_boarding as services

ONE_DAY = datetime.timedelta(days=1)


@requires(P.MANAGE_PUPILS)
def begin(request: ScopedRequest, pupil_id: int) -> HttpResponse:
    """Say that a pupil is a semi-boarder, why and from when."""
    pupil = reach(request.scope, P.MANAGE_PUPILS, lambda places: pupil_in(places, pupil_id))
    spell = _kept(request, pupil)
    form = SemiBoardingForm(request.POST or None, initial={"start": request.scope.date})
    if request.method == "POST" and form.is_valid():
        try:
            services.begin_semi_boarding(spell=spell, by=request.user, **_values(form))
        except ValidationError as error:
            _show(form, error)
        else:
            return _back(request, pupil, _("%(name)s is entered as a semi-boarder."))
    return _page(request, spell, form, _("Semi-boarder"), _("Save"))


@requires(P.MANAGE_PUPILS)
def change(request: ScopedRequest, time_id: int) -> HttpResponse:
    """Correct or end a time as a semi-boarder."""
    time, spell = _time(request, time_id)
    form = SemiBoardingForm(
        request.POST or None,
        initial={
            "start": time.valid_from,
            "last": time.last_valid_day,
            "basis": time.basis,
            "own_lodging": time.own_lodging,
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.change_semi_boarding(time=time, spell=spell, by=request.user, **_values(form))
        except ValidationError as error:
            _show(form, error)
        else:
            return _back(request, time.pupil, _("The time of %(name)s as a semi-boarder is saved."))
    return _page(request, spell, form, _("Change the time as a semi-boarder"), _("Save"))


@requires(P.MANAGE_PUPILS)
def remove(request: ScopedRequest, time_id: int) -> HttpResponse:
    """Take back a time entered by mistake."""
    time, spell = _time(request, time_id)
    form = RemoveTimeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.remove_semi_boarding(
                time=time, spell=spell, by=request.user, **form.cleaned_data
            )
        except ValidationError as error:
            _show(form, error)
        else:
            return _back(request, time.pupil, _("%(name)s: the time as a semi-boarder is removed."))
    note = _(
        "Only for a mistake: it will be as if it had never been entered, in the months of support "
        "too. To end it, write its last day instead."
    )
    title = _("Remove the time as a semi-boarder")
    return _page(request, spell, form, title, _("Remove"), note=note)


@requires(P.MANAGE_PUPILS)
def of_class(request: ScopedRequest, class_id: int) -> HttpResponse:
    """Say on one form who of a class is a semi-boarder from a day on."""
    found = reach(request.scope, P.MANAGE_PUPILS, lambda places: class_in(places, class_id))
    day = day_in_year(found.year, on=request.scope.date)
    roll = [line.spell for line in class_list(found, on=day).lines if line.number]
    names_shown(request, NamesKind.ROLL, school_class=found, count=len(roll))
    boarders = semi_boarders_among([each.pupil_id for each in roll], on=day)
    form = ClassForm(
        request.POST or None, roll=roll, initial={"on": day, "pupils": sorted(boarders)}
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            begun, ended = services.enter_class(
                school_class=found,
                chosen=values["pupils"],
                shown=values["shown"],
                on=values["on"],
                basis=values["basis"],
                by=request.user,
            )
        except ValidationError as error:
            _show(form, error)
        else:
            messages.success(
                request,
                _("Semi-boarders of class %(name)s: %(begun)s begin, %(ended)s end.")
                % {"name": found.name, "begun": begun, "ended": ended},
            )
            return redirect("schools:school_class", class_id=found.pk)
    return render_form(
        request,
        "schools/form.html",
        {
            "crumbs": class_crumbs(request, found, _("Semi-boarders")),
            "title": _("Semi-boarders of class %(name)s") % {"name": found.name},
            "note": _(
                "A semi-boarder cannot come to school and go home within the day. Who finds the "
                "own lodging is entered on the pupil's page."
            ),
            "form": form,
            "action": _("Save"),
            "back": reverse("schools:school_class", args=[found.pk]),
        },
    )


def _kept(request: ScopedRequest, pupil: Pupil) -> Enrolment:
    """The time in class by which the reader's school keeps the pupil's data."""
    spell = kept_spell_in(request.scope.places(P.MANAGE_PUPILS), pupil.pk)
    if spell is None or pupil.anonymised_at is not None:
        raise PermissionDenied
    return spell


def _time(request: ScopedRequest, time_id: int) -> tuple[SemiBoarding, Enrolment]:
    time = reach(request.scope, P.MANAGE_PUPILS, lambda places: time_in(places, time_id))
    return time, _kept(request, time.pupil)


def _values(form: SemiBoardingForm) -> dict:
    """What the services take: the day after the last one instead of the last one."""
    values = dict(form.cleaned_data)
    last = values.pop("last")
    return values | {"end": last + ONE_DAY if last is not None else None}


def _show(form: forms.Form, error: ValidationError) -> None:
    if hasattr(error, "error_dict") and "valid_to" in error.error_dict:
        form.add_error("last", error.error_dict.pop("valid_to"))
    show_refusal(form, error)


def _back(request: ScopedRequest, pupil: Pupil, words: str) -> HttpResponse:
    messages.success(request, words % {"name": pupil.full_name})
    return redirect("schools:pupil", pupil_id=pupil.pk)


def _page(
    request: ScopedRequest,
    spell: Enrolment,
    form: forms.Form,
    title: StrOrPromise,
    action: StrOrPromise,
    *,
    note: StrOrPromise = "",
) -> HttpResponse:
    names_shown(request, NamesKind.PUPIL, pupil=spell.pupil_id, school_class=spell.school_class)
    return render_form(
        request,
        "schools/form.html",
        {
            "crumbs": pupil_crumbs(request, spell, title),
            "title": f"{title}: {spell.pupil.full_name}",
            "note": note,
            "spell": spell,
            "has_left": spell.valid_to is not None,
            "form": form,
            "action": action,
            "back": reverse("schools:pupil", args=[spell.pupil_id]),
        },
    )
