"""Pages of the survey import: upload, preview, save."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.access import reach
from core.documents.downloads import download
from core.form_pages import render_form
from core.formatting import number
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest
from core.workbook_import_pages import WorkbookImportPages, steps
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

PAGES = WorkbookImportPages(
    imports.survey_imports,
    check=tasks.check_survey,
    save=tasks.save_survey,
    namespace="mobilisation",
)


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
            return PAGES.start_check(run)
    context = {
        "commune": commune,
        "form": form,
        "limit": ROW_LIMIT,
        "runs": recent_runs(commune),
        "crumbs": commune_crumbs(commune, _("Enter the survey from a file")),
        "steps": steps(),
    }
    return render_form(request, "mobilisation/import_upload.html", context)


@requires(P.MANAGE_SURVEY)
@never_cache
@require_safe
def import_run(request: ScopedRequest, run_id: str) -> HttpResponse:
    """Where the work on a survey stands: progress, preview, refusals or the outcome."""
    run = _run(request, run_id)
    preview = imports.worded(run.preview)
    named = sum(len(preview.get(kind, ())) for kind in ("new", "changed", "refused"))
    names_shown(request, NamesKind.SURVEY, count=named)
    upload_url = reverse("mobilisation:import_upload", args=[run.commune_id])
    context = {
        "saving": _("Saving %(rows)s rows. This takes a minute at most.")
        % {"rows": number(run.rows_total)},
        "preview": preview,
        "upload_url": upload_url,
        "template_url": reverse("mobilisation:import_template", args=[run.commune_id]),
        "list_url": reverse("mobilisation:commune", args=[run.commune_id]) + f"?year={run.year}",
        "list_words": _("To the commune"),
        "crumbs": [
            *commune_crumbs(run.commune),
            {"label": _("Enter the survey from a file"), "url": upload_url},
            {"label": run.file_name, "url": ""},
        ],
    }
    return PAGES.show(request, run, "mobilisation/import_run.html", context)


@requires(P.MANAGE_SURVEY)
@require_POST
def import_save(request: ScopedRequest, run_id: str) -> HttpResponse:
    """Confirm the preview: save the survey whole."""
    return PAGES.ask_to_save(request, _run(request, run_id))


@requires(P.MANAGE_SURVEY)
@require_POST
def import_check(request: ScopedRequest, run_id: str) -> HttpResponse:
    """Check a survey again, after a fault or when the job has died."""
    return PAGES.ask_to_check(_run(request, run_id))


@requires(P.MANAGE_SURVEY)
@require_POST
def import_cancel(request: ScopedRequest, run_id: str) -> HttpResponse:
    """Stop the check of a survey that is not ready yet."""
    return PAGES.cancel(request, _run(request, run_id))


@requires(P.MANAGE_SURVEY)
@never_cache
@require_safe
def import_marked(request: ScopedRequest, run_id: str) -> HttpResponseBase:
    """The survey with what to mend and what will change written beside each row."""
    run = _run(request, run_id)
    if PAGES.has_marked_copy(run):
        names_shown(request, NamesKind.FILE, count=run.rows_total)
    return PAGES.marked_copy(run)


@requires(P.MANAGE_SURVEY)
@require_safe
def import_template(request: ScopedRequest, area_id: int) -> HttpResponseBase:
    """An empty survey, with the villages known so far to choose from; or an example."""
    commune = reach(request.scope, P.MANAGE_SURVEY, lambda places: commune_in(places, area_id))
    example = bool(request.GET.get("example"))
    content = write_template(villages=list(village_names(commune).values()), example=example)
    name = _("Survey, example") if example else _("Survey, empty")
    return download(content, name=f"{name}.xlsx")


def _run(request: ScopedRequest, run_id: str) -> SurveyImport:
    return reach(request.scope, P.MANAGE_SURVEY, lambda places: run_in(places, run_id))
