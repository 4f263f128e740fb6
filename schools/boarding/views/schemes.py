"""A scheme of a semi-boarding school and its steps."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.access import reach
from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest, StrOrPromise
from core.workflow import Transition

from ...crumbs import school_crumbs
from ...directory.selectors.schools import school_in
from ...form_refusals import show_refusal
from ...models import ConversionScheme
from ...models.boarding import APPRAISE, APPROVE, DRAFT, RETURN, SCHEMES, WITHDRAW
from ..forms import AppraiseForm, ApproveForm, DraftForm, ReasonForm
from ..selectors.schemes import conditions_kept, scheme_in
from ..services import schemes as services
from .eligibility import shown

STEPS = {
    "schools:scheme_draft": DRAFT,
    "schools:scheme_appraise": APPRAISE,
    "schools:scheme_approve": APPROVE,
    "schools:scheme_return": RETURN,
    "schools:scheme_withdraw": WITHDRAW,
}


@requires(P.APPRAISE_SCHEMES)
@require_POST
def review(request: ScopedRequest, school_id: int) -> HttpResponse:
    """Write down that a school was reviewed: its scheme begins."""
    found = reach(request.scope, P.APPRAISE_SCHEMES, lambda places: school_in(places, school_id))
    try:
        scheme = services.review(school=found, by=request.user)
    except ValidationError as error:
        for message in error.messages:
            messages.error(request, message)
        return redirect("schools:boarding_school", school_id=found.pk)
    messages.success(request, _("The review is written down. The school drafts its scheme."))
    return redirect("schools:scheme", scheme_id=scheme.pk)


@requires(P.VIEW_SCHOOL)
@require_safe
def scheme(request: ScopedRequest, scheme_id: int) -> HttpResponse:
    """What a scheme says, how far it is, and what can be done."""
    found = reach(
        request.scope, P.VIEW_SCHOOL, lambda places: scheme_in(places, scheme_id), reading=True
    )
    names = [name for name, step in STEPS.items() if SCHEMES.may(step, found, request.scope)]
    return render(
        request,
        "schools/scheme.html",
        {
            "crumbs": _crumbs(request, found, ""),
            "scheme": found,
            "conditions": [shown(each) for each in conditions_kept(found.figures)],
            "steps": {name.removeprefix("schools:scheme_"): True for name in names},
        },
    )


@requires(P.MANAGE_SCHOOL)
def draft(request: ScopedRequest, scheme_id: int) -> HttpResponse:
    """The school writes its scheme, or mends it."""
    found = _scheme(request, scheme_id, DRAFT)
    form = DraftForm(
        request.POST or None,
        initial={"content": found.content, "wanted_from": found.wanted_from},
    )
    return _answer(
        request,
        found,
        form,
        lambda: services.draft(scheme=found, by=request.user, **form.cleaned_data),
        title=_("Draft the scheme"),
        action=_("Send to be appraised"),
        done=_("The scheme is drafted and waits to be appraised."),
        note=found.reason,
    )


@requires(P.APPRAISE_SCHEMES)
def appraise(request: ScopedRequest, scheme_id: int) -> HttpResponse:
    """An office writes what it found."""
    found = _scheme(request, scheme_id, APPRAISE)
    form = AppraiseForm(request.POST or None)
    return _answer(
        request,
        found,
        form,
        lambda: services.appraise(scheme=found, by=request.user, **form.cleaned_data),
        title=_("Appraise the scheme"),
        action=_("Save the appraisal"),
        done=_("The scheme is appraised."),
        note=found.content,
    )


@requires(P.MANAGE_SCHOOLS)
def approve(request: ScopedRequest, scheme_id: int) -> HttpResponse:
    """Keep the decision by which the school is converted."""
    found = _scheme(request, scheme_id, APPROVE)
    form = ApproveForm(request.POST or None, initial={"effective_on": found.wanted_from})
    return _answer(
        request,
        found,
        form,
        lambda: services.approve(scheme=found, by=request.user, **form.cleaned_data),
        title=_("Write down the decision"),
        action=_("Save the decision"),
        done=_("The decision is saved. The type of the school changes on its day."),
        note=_(
            "The signed decision is kept by its number and date. The school keeps its name and "
            "code here; a new name is written down under “Name, code, levels, type”."
        ),
    )


@requires(P.APPRAISE_SCHEMES)
def send_back(request: ScopedRequest, scheme_id: int) -> HttpResponse:
    """Give a scheme back to the school."""
    found = _scheme(request, scheme_id, RETURN)
    form = ReasonForm(request.POST or None)
    return _answer(
        request,
        found,
        form,
        lambda: services.send_back(scheme=found, by=request.user, **form.cleaned_data),
        title=_("Send the scheme back"),
        action=_("Send back"),
        done=_("The scheme is sent back to the school."),
        note=_("The school sees what is to be mended and drafts it anew."),
    )


@requires(P.APPRAISE_SCHEMES)
def withdraw(request: ScopedRequest, scheme_id: int) -> HttpResponse:
    """Give a scheme up."""
    found = _scheme(request, scheme_id, WITHDRAW)
    form = ReasonForm(request.POST or None)
    return _answer(
        request,
        found,
        form,
        lambda: services.withdraw(scheme=found, by=request.user, **form.cleaned_data),
        title=_("Withdraw the scheme"),
        action=_("Withdraw the scheme"),
        done=_("The scheme is withdrawn."),
        note=_("The school stays as it is; another review may begin a new scheme."),
    )


def _scheme(
    request: ScopedRequest, scheme_id: int, step: Transition[ConversionScheme]
) -> ConversionScheme:
    assert step.permission is not None
    return reach(request.scope, step.permission, lambda places: scheme_in(places, scheme_id))


def _answer(
    request: ScopedRequest,
    found: ConversionScheme,
    form: forms.Form,
    write: Callable[[], ConversionScheme],
    *,
    title: StrOrPromise,
    action: StrOrPromise,
    done: StrOrPromise,
    note: StrOrPromise,
) -> HttpResponse:
    """Show the form, or write and lead back to the scheme; a refusal is shown in the form."""
    if request.method == "POST" and form.is_valid():
        try:
            write()
        except ValidationError as error:
            show_refusal(form, error)
            found.refresh_from_db()
        else:
            messages.success(request, done)
            return redirect("schools:scheme", scheme_id=found.pk)
    return render_form(
        request,
        "schools/form.html",
        {
            "crumbs": _crumbs(request, found, title),
            "title": f"{title}: {found.school.name}",
            "note": note,
            "form": form,
            "action": action,
            "back": reverse("schools:scheme", args=[found.pk]),
        },
    )


def _crumbs(request: ScopedRequest, found: ConversionScheme, here: StrOrPromise) -> list:
    crumbs = school_crumbs(request, found.school)
    school_url = reverse("schools:boarding_school", args=[found.school_id])
    crumbs.append({"label": _("Semi-boarding school"), "url": school_url})
    url = reverse("schools:scheme", args=[found.pk]) if here else ""
    crumbs.append({"label": _("Scheme"), "url": url})
    return [*crumbs, {"label": here, "url": ""}] if here else crumbs
