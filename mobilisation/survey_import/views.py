"""Pages of the survey import: upload, preview, save."""

from pathlib import PurePath

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from core.access import reach
from core.documents.downloads import download
from core.formatting import number
from core.jobs.dispatch import enqueue
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest
from schools.access_trail import names_shown
from schools.enums import NamesKind
from schools.form_refusals import show_refusal

from .. import tasks
from ..crumbs import commune_crumbs
from ..models import SurveyImport
from ..surveys.selectors.rounds import commune_in, village_names
from . import services as imports
from .forms import SurveyImportForm
from .selectors import recent_runs, run_in
from .services.reading import ROW_LIMIT
from .workbook.template import write_template

State = SurveyImport.State


@requires(P.MANAGE_SURVEY)
@never_cache
def import_upload(request: ScopedRequest, area_id: int) -> HttpResponse:
    """The form to upload the survey of a commune."""
    commune = reach(request.scope, P.MANAGE_SURVEY, lambda places: commune_in(places, area_id))
    year = request.scope.date.year
    form = SurveyImportForm(
        request.POST or None, request.FILES or None, year=year, initial={"year": year}
    )
    if request.method == "POST" and form.is_valid():
        try:
            run = imports.receive_survey(
                commune=commune,
                year=form.cleaned_data["year"],
                upload=form.cleaned_data["file"],
                by=request.user,
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            enqueue(tasks.check_survey, slow=True, run_id=str(run.pk))
            return redirect("mobilisation:import_run", run.pk)
    context = {
        "commune": commune,
        "form": form,
        "limit": ROW_LIMIT,
        "runs": recent_runs(commune),
        "crumbs": commune_crumbs(commune, _("Enter the survey from a file")),
        "steps": _steps(),
    }
    return render(request, "mobilisation/import_upload.html", context)


@requires(P.MANAGE_SURVEY)
@never_cache
@require_safe
def import_run(request: ScopedRequest, run_id: str) -> HttpResponseBase:
    """Where the work on a survey stands: progress, preview, refusals or the outcome."""
    run = _run(request, run_id)
    working = run.is_working
    if request.htmx and not working:  # type: ignore[attr-defined]  # of django-htmx
        return HttpResponseClientRefresh()
    preview = imports.worded(run.preview)
    named = sum(len(preview.get(kind, ())) for kind in ("new", "changed", "refused"))
    names_shown(request, NamesKind.SURVEY, count=named)
    upload_url = reverse("mobilisation:import_upload", args=[run.commune_id])
    context = {
        "run": run,
        "page_url": reverse("mobilisation:import_run", args=[run.pk]),
        "saving": _("Saving %(rows)s rows. This takes a minute at most.")
        % {"rows": number(run.rows_total)},
        "stuck": run.is_stuck,
        "working": working,
        "preview": preview,
        "several_sheets": len(preview.get("sheets", ())) > 1,
        "check_url": reverse("mobilisation:import_check", args=[run.pk]),
        "save_url": reverse("mobilisation:import_save", args=[run.pk]),
        "cancel_url": reverse("mobilisation:import_cancel", args=[run.pk]),
        "marked_url": reverse("mobilisation:import_marked", args=[run.pk]),
        "upload_url": upload_url,
        "template_url": reverse("mobilisation:import_template", args=[run.commune_id]),
        "list_url": reverse("mobilisation:commune", args=[run.commune_id]) + f"?year={run.year}",
        "list_words": _("To the commune"),
        "has_marked_copy": _has_marked_copy(run),
        "crumbs": [
            *commune_crumbs(run.commune),
            {"label": _("Enter the survey from a file"), "url": upload_url},
            {"label": run.file_name, "url": ""},
        ],
        "steps": _steps(),
        "step": {State.DONE: 3, State.SAVING: 3}.get(State(run.state), 2),
    }
    is_part = request.htmx  # type: ignore[attr-defined]  # of django-htmx
    template = "components/_import_progress.html" if is_part else "mobilisation/import_run.html"
    return render(request, template, context)


@requires(P.MANAGE_SURVEY)
@require_POST
def import_save(request: ScopedRequest, run_id: str) -> HttpResponse:
    """Confirm the preview: save the survey whole."""
    run = _run(request, run_id)
    if imports.ask_to_save(run, by=request.user):
        enqueue(tasks.save_survey, slow=True, run_id=str(run.pk))
    elif run.state == State.REFUSED:
        messages.error(
            request,
            _("Not saved: some rows need mending. Mend them in the file and upload it again."),
        )
    return redirect("mobilisation:import_run", run.pk)


@requires(P.MANAGE_SURVEY)
@require_POST
def import_check(request: ScopedRequest, run_id: str) -> HttpResponse:
    """Check a survey again, after a fault or when the job has died."""
    run = _run(request, run_id)
    if imports.ask_to_check(run):
        enqueue(tasks.check_survey, slow=True, run_id=str(run.pk))
    return redirect("mobilisation:import_run", run.pk)


@requires(P.MANAGE_SURVEY)
@require_POST
def import_cancel(request: ScopedRequest, run_id: str) -> HttpResponse:
    """Stop the check of a survey that is not ready yet."""
    run = _run(request, run_id)
    if not imports.cancel(run, by=request.user):
        messages.error(request, _("It was too late to cancel: the work had ended already."))
    return redirect("mobilisation:import_run", run.pk)


@requires(P.MANAGE_SURVEY)
@never_cache
@require_safe
def import_marked(request: ScopedRequest, run_id: str) -> HttpResponseBase:
    """The survey with what to mend and what will change written beside each row."""
    run = _run(request, run_id)
    if not _has_marked_copy(run):
        raise Http404
    names_shown(request, NamesKind.FILE, count=run.rows_total)
    stem, suffix = PurePath(run.file_name).stem, _("to mend")
    return download(default_storage.open(run.marked_name), name=f"{stem} - {suffix}.xlsx")


@requires(P.MANAGE_SURVEY)
@require_safe
def import_template(request: ScopedRequest, area_id: int) -> HttpResponseBase:
    """An empty survey, with the villages known so far to choose from; or an example."""
    commune = reach(request.scope, P.MANAGE_SURVEY, lambda places: commune_in(places, area_id))
    example = bool(request.GET.get("example"))
    content = write_template(villages=village_names(commune), example=example)
    name = _("Survey, example") if example else _("Survey, empty")
    return download(content, name=f"{name}.xlsx")


def _run(request: ScopedRequest, run_id: str) -> SurveyImport:
    return reach(request.scope, P.MANAGE_SURVEY, lambda places: run_in(places, run_id))


def _has_marked_copy(run: SurveyImport) -> bool:
    is_shown = run.state in {State.READY, State.REFUSED}
    return is_shown and bool(default_storage.exists(run.marked_name))


def _steps() -> list[str]:
    return [_("Choose the file"), _("Look it over"), _("Save")]
