"""Pages of the staff import: upload, preview, save."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.access import reach
from core.documents.downloads import download
from core.form_pages import render_form
from core.formatting import number
from core.next_steps import next_step
from core.permissions import Permission as P
from core.permissions import requires
from core.scope import Places
from core.types import ScopedRequest
from core.workbook_import_pages import WorkbookImportPages, steps
from schools.form_refusals import show_refusal
from schools.models import School

from .. import tasks
from ..forms import StaffImportForm
from ..models import StaffImport
from ..selectors import runs as selectors
from ..selectors.classes import running_rows
from ..selectors.places import reach_school, staff_places
from ..services import imports
from ..workbook.template import write_template
from .crumbs import Crumbs, school_crumbs, staff_crumbs

MOST_SCHOOLS_LISTED = 500
PAGES = WorkbookImportPages(
    imports.staff_imports,
    check=tasks.check_staff_import,
    save=tasks.save_staff_import,
    namespace="staff",
    unconfirmed=gettext_lazy("Not saved: say of the people listed first that each is one person."),
)


@requires(P.MANAGE_STAFF)
@never_cache
def import_upload(request: ScopedRequest, school_id: int) -> HttpResponse:
    """The form to upload the list of one school."""
    return _upload(request, reach_school(request.scope, P.MANAGE_STAFF, school_id))


@requires(P.MANAGE_STAFF)
@never_cache
def import_upload_all(request: ScopedRequest) -> HttpResponse:
    """The form to upload a list of many schools, each row with the code of its own."""
    return _upload(request, None)


def _upload(request: ScopedRequest, school: School | None) -> HttpResponse:
    start = selectors.default_start(school, request.scope.date)
    form = StaffImportForm(
        request.POST or None, request.FILES or None, initial={"starts_on": start}
    )
    if request.method == "POST" and form.is_valid():
        try:
            run = imports.receive_list(
                school=school,
                starts_on=form.cleaned_data["starts_on"],
                upload=form.cleaned_data["file"],
                by=request.user,
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            return PAGES.start_check(run)
    context = {
        "school": school,
        "form": form,
        "runs": selectors.recent_runs(request.user, school),
        "crumbs": _crumbs(request, school, _("Enter staff from a file")),
        "steps": steps(),
        "template_url": _of_school("staff:import_template", school),
        "example_url": _of_school("staff:import_template", school) + "?example=1",
    }
    return render_form(request, "staff/import_upload.html", context)


def _of_school(name: str, school: School | None) -> str:
    return reverse(name, args=[school.pk]) if school else reverse(f"{name}_all")


def _crumbs(request: ScopedRequest, school: School | None, here: str = "") -> Crumbs:
    return school_crumbs(request, school, here) if school else staff_crumbs(request, here)


@requires(P.MANAGE_STAFF)
@never_cache
@require_safe
def import_run(request: ScopedRequest, run_id: str) -> HttpResponse:
    """Where the work on a list stands: progress, preview, refusals or the outcome."""
    run = _run(request, run_id)
    upload_url = _of_school("staff:import_upload", run.school)
    context = {
        "saving": _("Saving %(rows)s rows. This takes a few seconds.")
        % {"rows": number(run.rows_total)},
        "preview": imports.worded(run.preview),
        "is_of_many": run.school_id is None,
        "upload_url": upload_url,
        "template_url": _of_school("staff:import_template", run.school),
        "list_url": reverse("staff:school", args=[run.school_id])
        if run.school_id
        else reverse("staff:staff"),
        "list_words": _("To the staff list"),
        "crumbs": [
            *_crumbs(request, run.school),
            {"label": _("Enter staff from a file"), "url": upload_url},
            {"label": run.file_name, "url": ""},
        ],
        "next_step": next_step(request.scope) if run.state == StaffImport.State.DONE else None,
    }
    return PAGES.show(request, run, "staff/import_run.html", context)


@requires(P.MANAGE_STAFF)
@require_POST
def import_save(request: ScopedRequest, run_id: str) -> HttpResponse:
    """Confirm the preview: save the list whole."""
    run = _run(request, run_id)
    return PAGES.ask_to_save(request, run, confirmed="confirmed" in request.POST)


@requires(P.MANAGE_STAFF)
@require_POST
def import_check(request: ScopedRequest, run_id: str) -> HttpResponse:
    """Check a list again, after a fault or when the job has died."""
    return PAGES.ask_to_check(_run(request, run_id))


@requires(P.MANAGE_STAFF)
@require_POST
def import_cancel(request: ScopedRequest, run_id: str) -> HttpResponse:
    """Stop the check of a list that is not ready yet."""
    return PAGES.cancel(request, _run(request, run_id))


@requires(P.MANAGE_STAFF)
@never_cache
@require_safe
def import_marked(request: ScopedRequest, run_id: str) -> HttpResponseBase:
    """The list with what to mend and what will change written beside each row."""
    return PAGES.marked_copy(_run(request, run_id))


@requires(P.MANAGE_STAFF)
@require_safe
def import_template(request: ScopedRequest, school_id: int) -> HttpResponseBase:
    """An empty list of one school, with its classes to choose from."""
    school = reach_school(request.scope, P.MANAGE_STAFF, school_id)
    names = [row.school_class.name for row in running_rows(school, on=request.scope.date)]
    return _workbook(request, [school.code], names)


@requires(P.MANAGE_STAFF)
@require_safe
def import_template_all(request: ScopedRequest) -> HttpResponseBase:
    """An empty list of many schools, with their codes to choose from."""
    places = staff_places(request.scope, P.MANAGE_STAFF)
    codes = selectors.school_codes(places, on=request.scope.date)[:MOST_SCHOOLS_LISTED]
    return _workbook(request, codes, [])


def _workbook(request: ScopedRequest, codes: list[str], names: list[str]) -> HttpResponseBase:
    example = bool(request.GET.get("example"))
    content = write_template(school_codes=codes, class_names=names, example=example)
    name = _("Staff list, example") if example else _("Staff list, empty")
    return download(content, name=f"{name}.xlsx")


def _run(request: ScopedRequest, run_id: str) -> StaffImport:
    scope = request.scope

    def find(places: Places) -> StaffImport | None:
        return selectors.run_in(places, request.user, run_id)

    found = find(staff_places(scope, P.MANAGE_STAFF))
    return found if found is not None else reach(scope, P.MANAGE_STAFF, find)
