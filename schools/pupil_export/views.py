"""Pages of the pupil list as a file: ask for it, watch it being made, fetch it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.access import reach
from core.documents.downloads import download
from core.form_pages import render_form
from core.jobs.dispatch import enqueue
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest

from .. import tasks
from ..access_trail import names_shown
from ..crumbs import Crumb, school_crumbs
from ..directory.selectors.schools import school_in
from ..enums import NamesKind
from ..form_refusals import show_refusal
from ..models import PupilExport, School
from . import selectors, services
from .forms import ExportForm


@requires(P.EXPORT_PUPILS)
@never_cache
def export_school(request: ScopedRequest, school_id: int) -> HttpResponse:
    """Ask for the pupil list of one school."""
    school = reach(
        request.scope,
        P.EXPORT_PUPILS,
        lambda places: school_in(places, school_id),
        reading=True,
    )
    return _ask(request, school)


@requires(P.EXPORT_PUPILS_OF_MANY)
@never_cache
def export_all(request: ScopedRequest) -> HttpResponse:
    """Ask for the pupil list of all one's schools in one file."""
    return _ask(request, None)


def _ask(request: ScopedRequest, school: School | None) -> HttpResponse:
    years = selectors.years_to_list(request.scope.date)
    form = ExportForm(request.POST or None, years=years, initial={"year": years.first()})
    if request.method == "POST" and form.is_valid():
        try:
            run = services.ask(school=school, year=form.cleaned_data["year"], by=request.user)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            enqueue(tasks.export_pupils, slow=True, run_id=str(run.pk))
            return redirect("schools:pupils_export", run.pk)
    context = {
        "school": school,
        "form": form,
        "has_year": years.exists(),
        "runs": selectors.recent_exports(request.user, school),
        "crumbs": _crumbs(request, school, _("Pupil list in Excel")),
    }
    return render_form(request, "schools/pupils_export_ask.html", context)


@requires(P.EXPORT_PUPILS, P.EXPORT_PUPILS_OF_MANY)
@never_cache
@require_safe
def export_run(request: ScopedRequest, run_id: str) -> HttpResponse:
    """One list: progress while it is made, then the file."""
    run = _run(request, run_id)
    ask_url = (
        reverse("schools:pupils_export_school", args=[run.school_id])
        if run.school_id
        else reverse("schools:pupils_export_all")
    )
    crumbs = [
        *_crumbs(request, run.school, ""),
        {"label": _("Pupil list in Excel"), "url": ask_url},
        {"label": run.year.code, "url": ""},
    ]
    context = {
        "run": run,
        "crumbs": crumbs,
        "ask_url": ask_url,
        "cancel_url": reverse("schools:pupils_export_cancel", args=[run.pk]),
    }
    return render(request, "schools/pupils_export.html", context)


@requires(P.EXPORT_PUPILS, P.EXPORT_PUPILS_OF_MANY)
@never_cache
@require_safe
def export_file(request: ScopedRequest, run_id: str) -> HttpResponseBase:
    """The file of a list; the right to it is asked again at each fetch, and the trail says of
    which schools it names how many."""
    run = _run(request, run_id)
    if not run.file:
        raise Http404
    for school_id, pupils in run.counts.items():
        names_shown(request, NamesKind.FILE, school=int(school_id), count=pupils)
    services.note_fetched(run=run, by=request.user)
    whose = f" {run.school.code}" if run.school else ""
    return download(run.file.open("rb"), name=f"{_('Pupil list')}{whose} {run.year.code}.xlsx")


@requires(P.EXPORT_PUPILS, P.EXPORT_PUPILS_OF_MANY)
@require_POST
def export_cancel(request: ScopedRequest, run_id: str) -> HttpResponse:
    """Stop a list that is not ready yet."""
    run = _run(request, run_id)
    if not services.cancel(run=run, by=request.user):
        messages.error(request, _("It was too late to cancel: the work had ended already."))
    return redirect("schools:pupils_export", run.pk)


def _run(request: ScopedRequest, run_id: str) -> PupilExport:
    found = selectors.export_of(request.scope, request.user, run_id)
    if found is None:
        raise Http404
    return found


def _crumbs(request: ScopedRequest, school: School | None, here: str) -> list[Crumb]:
    if school is not None:
        return school_crumbs(request, school, here)
    crumbs: list[Crumb] = [{"label": _("Schools"), "url": reverse("schools:schools")}]
    return [*crumbs, {"label": here, "url": ""}] if here else crumbs
