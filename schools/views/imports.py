"""Pages of the pupil import: upload, preview, save."""

from pathlib import PurePath

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from core.access import reach
from core.jobs.dispatch import enqueue
from core.permissions import Permission as P
from core.permissions import requires

from .. import tasks
from ..access_trail import names_shown
from ..enums import Grade, NamesKind
from ..forms.imports import ImportForm
from ..forms.refusals import show_refusal
from ..models import ImportBatch
from ..pupil_workbook.template import write_example, write_template
from ..selectors import imports as selectors
from ..selectors.schools import school_in
from ..selectors.years import year_for
from ..services import imports
from .crumbs import school_crumbs

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
State = ImportBatch.State
# Parts of a preview that name pupils, or may: what is refused shows the cells themselves.
NAMING = ("new", "changed", "alike", "hidden", "youngest", "refused", "left_out")
WORKING = {State.CHECKING, State.SAVING}


@requires(P.IMPORT_PUPILS)
@never_cache
def import_upload(request, school_id):
    """The form to upload a workbook, and the last uploads of the school."""
    school = _school(request, school_id)
    today = request.scope.date
    years = selectors.years_to_import(today)
    year = years.first()
    initial = {"year": year, "starts_on": year and selectors.default_start(school, year, today)}
    form = ImportForm(request.POST or None, request.FILES or None, years=years, initial=initial)
    if request.method == "POST" and form.is_valid():
        batch = _receive(form, school, request.user)
        if batch:
            enqueue(tasks.check_import, slow=True, batch_id=str(batch.pk))
            return redirect("schools:import_batch", batch.pk)
    context = {
        "school": school,
        "form": form,
        "has_year": year is not None,
        "batches": selectors.recent_batches(school),
        "crumbs": school_crumbs(request, school, _("Import pupils")),
        "steps": _steps(),
    }
    return render(request, "schools/import_upload.html", context)


def _receive(form, school, user):
    data = form.cleaned_data
    try:
        return imports.receive_workbook(
            school=school,
            year=data["year"],
            starts_on=data["starts_on"],
            create_classes=data["create_classes"],
            upload=data["file"],
            by=user,
        )
    except ValidationError as error:
        show_refusal(form, error)
        return None


@requires(P.IMPORT_PUPILS)
@never_cache
@require_safe
def import_batch(request, batch_id):
    """Where the work on a workbook stands: progress, preview, refusals or the outcome."""
    batch = _batch(request, batch_id)
    stuck = imports.is_stuck(batch)
    working = batch.state in WORKING and not stuck
    names_shown(request, NamesKind.IMPORT, school=batch.school_id, count=_named(batch.preview))
    if request.htmx and not working:
        return HttpResponseClientRefresh()
    context = {
        "batch": batch,
        "school": batch.school,
        "stuck": stuck,
        "working": working,
        "preview": imports.in_reader_words(batch.preview),
        "is_back_dated": batch.starts_on < timezone.localdate(),
        "several_sheets": len(batch.preview.get("sheets", ())) > 1,
        "has_marked_copy": _has_marked_copy(batch),
        "crumbs": [
            *school_crumbs(request, batch.school),
            {
                "label": _("Import pupils"),
                "url": reverse("schools:import_upload", args=[batch.school_id]),
            },
            {"label": batch.file_name},
        ],
        "steps": _steps(),
        "step": {State.DONE: 3, State.SAVING: 3}.get(batch.state, 2),
    }
    template = "schools/_import_progress.html" if request.htmx else "schools/import_batch.html"
    return render(request, template, context)


@requires(P.IMPORT_PUPILS)
@require_POST
def import_save(request, batch_id):
    """Confirm the preview: save the workbook whole."""
    batch = _batch(request, batch_id)
    told_apart = "is_another" in request.POST
    if batch.state == State.READY and imports.must_tell_apart(batch) and not told_apart:
        messages.error(
            request,
            _("Not saved: say of the pupils listed first that they are other children."),
        )
    elif imports.ask_to_save(batch, by=request.user, told_apart=told_apart):
        enqueue(tasks.save_import, slow=True, batch_id=str(batch.pk))
    elif batch.state == State.REFUSED:
        messages.error(
            request,
            _("Not saved: some rows need mending. Mend them in the file and upload it again."),
        )
    return redirect("schools:import_batch", batch.pk)


@requires(P.IMPORT_PUPILS)
@require_POST
def import_check(request, batch_id):
    """Check a workbook again, after a fault or when the job has died."""
    batch = _batch(request, batch_id)
    if imports.ask_to_check(batch):
        enqueue(tasks.check_import, slow=True, batch_id=str(batch.pk))
    return redirect("schools:import_batch", batch.pk)


@requires(P.IMPORT_PUPILS)
@never_cache
@require_safe
def import_marked(request, batch_id):
    """The workbook with what to mend and what will change written beside each row."""
    batch = _batch(request, batch_id)
    if not _has_marked_copy(batch):
        raise Http404
    names_shown(request, NamesKind.FILE, school=batch.school_id, count=batch.rows_total)
    stem, suffix = PurePath(batch.file_name).stem, _("to mend")
    return FileResponse(
        default_storage.open(imports.marked_name(batch)),
        as_attachment=True,
        filename=f"{stem} - {suffix}.xlsx",
        content_type=XLSX,
    )


@requires(P.IMPORT_PUPILS)
@require_safe
def import_template(request, school_id):
    """An empty workbook with the school's classes to choose from."""
    school = _school(request, school_id)
    year = year_for(request.scope.date)
    names = selectors.class_names(school, year) if year else []
    return _workbook(write_template(class_names=names), _("Pupil list, empty"))


@requires(P.IMPORT_PUPILS)
@require_safe
def import_example(request, school_id):
    """A small workbook of invented pupils."""
    school = _school(request, school_id)
    today = request.scope.date
    year = year_for(today)
    lowest = min(grade for grade in Grade if grade.education_level in school.education_levels)
    name, grade = (year and selectors.example_class(school, year)) or (f"{lowest.label}A", lowest)
    begins = year.valid_from.year if year else today.year
    content = write_example(class_name=name, grade=grade, year=begins)
    return _workbook(content, _("Pupil list, example"))


def _workbook(content, name):
    response = HttpResponse(content, content_type=XLSX)
    response.headers["Content-Disposition"] = content_disposition_header(True, f"{name}.xlsx")
    return response


def _school(request, school_id):
    return reach(request.scope, P.IMPORT_PUPILS, lambda places: school_in(places, school_id))


def _batch(request, batch_id):
    return reach(
        request.scope, P.IMPORT_PUPILS, lambda places: selectors.batch_in(places, batch_id)
    )


def _has_marked_copy(batch):
    return batch.state in {State.READY, State.REFUSED} and default_storage.exists(
        imports.marked_name(batch)
    )


def _named(preview):
    """How many pupils a preview names."""
    return sum(len(preview.get(each, ())) for each in NAMING)


def _steps():
    return [_("Choose the file"), _("Look it over"), _("Save")]
