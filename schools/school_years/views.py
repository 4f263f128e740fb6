"""School years: the list, opening the next one, closing one that is over."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.form_pages import render_form
from core.next_steps import next_step
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest

from ..form_refusals import show_refusal
from ..models import SchoolYear
from . import selectors, services
from .forms import YearForm


@requires(P.MANAGE_YEARS)
def school_years(request: ScopedRequest) -> HttpResponse:
    """Every school year and what can be done with it."""
    return render(
        request,
        "schools/years.html",
        {
            "rows": selectors.year_rows(on=request.scope.date),
            "may_set_frames": request.scope.may(P.MANAGE_CALENDAR),
            "may_see_schools": request.scope.may(P.VIEW_SCHOOL),
            "may_open_schools": request.scope.may(P.MANAGE_SCHOOLS),
        },
    )


@requires(P.MANAGE_YEARS)
def year_open(request: ScopedRequest) -> HttpResponse:
    """Open the next school year."""
    proposed = selectors.next_year(on=request.scope.date)
    form = YearForm(
        request.POST or None,
        initial={
            name: getattr(proposed, name) for name in ("first_day", "last_day", "second_term_from")
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            year = services.open_year(**form.cleaned_data, by=request.user)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("School year %(code)s is open.") % {"code": year.code})
            following = next_step(request.scope)
            return redirect(following.url if following else "schools:years")
    return render_form(
        request,
        "schools/form.html",
        {
            "crumbs": [
                {"label": _("School years"), "url": reverse("schools:years")},
                {"label": _("Open a school year"), "url": ""},
            ],
            "title": _("Open a school year"),
            "note": _note(proposed),
            "form": form,
            "action": _("Open the school year"),
            "back": reverse("schools:years"),
        },
    )


def _note(proposed: selectors.Proposal) -> str:
    """Where the days that are filled in come from; a province decides its own."""
    if proposed.is_decided:
        words = _(
            "The second term is filled in by the ministry's frame (%(source)s). Change the days as "
            "the province decided."
        )
    else:
        words = _(
            "Filled in after the last frame of the ministry that is known (%(source)s). Change it "
            "as the ministry and the province decided for this year."
        )
    return words % {"source": proposed.source}


@requires(P.MANAGE_YEARS)
@require_POST
def year_close(request: ScopedRequest, code: str) -> HttpResponse:
    """Close a year that is over."""
    return _done(request, code, services.close_year, _("School year %(code)s is closed."))


@requires(P.MANAGE_YEARS)
@require_POST
def year_reopen(request: ScopedRequest, code: str) -> HttpResponse:
    """Take the closing of a year back."""
    return _done(request, code, services.reopen_year, _("School year %(code)s is open again."))


@requires(P.MANAGE_YEARS)
@require_POST
def year_remove(request: ScopedRequest, code: str) -> HttpResponse:
    """Remove a year that has no class."""
    return _done(request, code, services.remove_year, _("School year %(code)s is removed."))


def _done(
    request: ScopedRequest, code: str, act: Callable[..., SchoolYear | None], words: str
) -> HttpResponse:
    year = selectors.find_year(code)
    if year is None:
        raise Http404
    try:
        act(year=year, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, words % {"code": code})
    return redirect("schools:years")
