"""Pages of decrees: upload and look at one, apply exactly that, take one back."""

from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.bounded_requests import MOST_VALUE_CHARACTERS
from core.documents.downloads import download
from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest

from ..form_refusals import show_refusal
from . import selectors, services, templates
from .decree_files import MOST_BYTES, Decree, read_decree
from .followers import words
from .forms import DecreeForm

SALT = "schools.reorganisations"
# For which a decree that was looked at can be applied, in seconds.
LOOKED_AT = 24 * 60 * 60


@requires(P.MANAGE_UNITS)
def decrees(request: ScopedRequest) -> HttpResponse:
    """Decrees that were applied, and a form for the next; nothing is saved by looking at one."""
    form = DecreeForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            decree = read_decree(upload.read(MOST_BYTES + 1), name=upload.name, carriers=words())
            return _look(request, decree, form.cleaned_data["carry"])
        except ValidationError as error:
            show_refusal(form, error)
    return render_form(
        request,
        "schools/decrees.html",
        {"form": form, "decrees": selectors.decrees()},
    )


def _look(request: ScopedRequest, decree: Decree, carry: list[str]) -> HttpResponse:
    """The page that shows what a decree does. Raises ValidationError: what refuses it."""
    sentences = services.tell(services.look_at(decree, by=request.user, carry=carry))
    told = signing.dumps({**decree.as_json(), "carry": carry}, salt=SALT, compress=True)
    if len(told) > MOST_VALUE_CHARACTERS:
        raise ValidationError(
            _("The decree is too long for this page. Apply it on the server: manage.py reorganise.")
        )
    context = {
        "decree": decree,
        "sentences": sentences,
        "told": told,
        "seen": services.seen_of(sentences),
        "crumbs": _crumbs(_("This will happen")),
    }
    return render(request, "schools/decree_preview.html", context)


@requires(P.MANAGE_UNITS)
@require_POST
def apply(request: ScopedRequest) -> HttpResponse:
    """Apply the decree that was looked at; one whose preview has changed is shown again."""
    try:
        told = signing.loads(request.POST.get("told", ""), salt=SALT, max_age=LOOKED_AT)
    except signing.BadSignature:
        messages.error(request, _("Upload the file again: it was looked at too long ago."))
        return redirect("schools:decrees")
    carry = told.pop("carry")
    decree = Decree.from_json(told)
    try:
        try:
            seen = request.POST.get("seen", "")
            services.reorganise(decree=decree, by=request.user, carry=carry, seen=seen)
        except services.PreviewChanged as changed:
            messages.warning(request, changed.messages[0])
            return _look(request, decree, carry)
    except ValidationError as error:
        return _refused(request, error)
    messages.success(request, _("%(number)s is applied.") % {"number": decree.number})
    return redirect("schools:decrees")


@requires(P.MANAGE_UNITS)
def undo(request: ScopedRequest, decree_id: int) -> HttpResponse:
    """Take a decree back, or read what hangs on it."""
    found = selectors.in_force().filter(pk=decree_id).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        try:
            services.take_back(number=found.number, by=request.user)
        except ValidationError as error:
            refusals = error.messages
        else:
            messages.success(request, _("%(number)s is taken back.") % {"number": found.number})
            return redirect("schools:decrees")
    else:
        refusals = services.look_at_undoing(found)
    return render_form(
        request,
        "schools/decree_undo.html",
        {"decree": found, "refusals": refusals, "crumbs": _crumbs(_("Take a decree back"))},
        refused=request.method == "POST",
    )


@requires(P.MANAGE_UNITS)
@require_safe
def template(request: ScopedRequest) -> HttpResponse | FileResponse:
    """The empty table of a decree, with the units of today."""
    return download(templates.empty_table(), name=f"{_('Reorganisation of units')}.xlsx")


def _refused(request: ScopedRequest, error: ValidationError) -> HttpResponse:
    form = DecreeForm()
    return render_form(
        request,
        "schools/decrees.html",
        {
            "form": form,
            "refusals": error.messages,
            "decrees": selectors.decrees(),
        },
        refused=True,
    )


def _crumbs(here: str) -> list[dict[str, Any]]:
    first = {"label": _("Units by decree"), "url": reverse("schools:decrees")}
    return [first, {"label": here, "url": ""}]
