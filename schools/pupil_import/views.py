"""Pages of the pupil import: upload, preview, save."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
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
from core.types import ScopedRequest
from core.workbook_import_pages import WorkbookImportPages, steps

from .. import tasks
from ..access_trail import names_shown
from ..crumbs import Crumb, school_crumbs
from ..directory.selectors.schools import school_in
from ..directory.selectors.years import year_for
from ..enums import Grade, NamesKind
from ..form_refusals import show_refusal
from ..models import ImportBatch, School
from . import selectors
from . import services as imports
from .forms import ImportForm
from .workbook.template import write_example, write_template

State = ImportBatch.State
PAGES = WorkbookImportPages(
    imports.pupil_imports,
    check=tasks.check_import,
    save=tasks.save_import,
    namespace="schools",
    page="import_batch",
    unconfirmed=gettext_lazy(
        "Not saved: say of the pupils listed first that they are other children."
    ),
)
# Parts of a preview that name pupils, or may: what is refused shows the cells themselves.
NAMING = ("new", "changed", "alike", "hidden", "youngest", "refused", "left_out")
# Codes to choose from in the empty workbook of many schools.
MOST_SCHOOLS_LISTED = 500


@requires(P.IMPORT_PUPILS)
@never_cache
def import_upload(request: ScopedRequest, school_id: int) -> HttpResponse:
    """The form to upload the workbook of one school, and its last uploads."""
    return _upload(request, _school(request, school_id))


@requires(P.IMPORT_PUPILS_OF_MANY)
@never_cache
def import_upload_all(request: ScopedRequest) -> HttpResponse:
    """The form to upload a workbook of many schools, each row with the code of its own."""
    return _upload(request, None)


def _upload(request: ScopedRequest, school: School | None) -> HttpResponse:
    today = request.scope.date
    years = selectors.years_to_import(today)
    year = years.first()
    initial = {
        "year": year,
        "starts_on": year and selectors.default_start(school, year, today),
        # Where no class is there yet, all of them are missing.
        "create_classes": year is not None and not selectors.has_classes(school, year),
    }
    form = ImportForm(
        request.POST or None,
        request.FILES or None,
        years=years,
        of_many=school is None,
        initial=initial,
    )
    if request.method == "POST" and form.is_valid():
        batch = _receive(request, form, school)
        if batch:
            return PAGES.start_check(batch)
    context = {
        "school": school,
        "form": form,
        "has_year": year is not None,
        "has_closed_year": any(each.closed_at for each in years),
        "batches": selectors.recent_batches(request.user, school),
        "crumbs": _crumbs(request, school, _("Import pupils")),
        "steps": steps(),
        "template_url": _of_school("schools:import_template", school),
        "example_url": _of_school("schools:import_example", school),
    }
    return render_form(request, "schools/import_upload.html", context)


def _receive(request: ScopedRequest, form: ImportForm, school: School | None) -> ImportBatch | None:
    data = form.cleaned_data
    try:
        return imports.receive_workbook(
            school=school,
            year=data["year"],
            starts_on=data["starts_on"],
            create_classes=data["create_classes"],
            upload=data["file"],
            by=request.user,
        )
    except ValidationError as error:
        show_refusal(form, error)
        return None


@requires(P.IMPORT_PUPILS, P.IMPORT_PUPILS_OF_MANY)
@never_cache
@require_safe
def import_batch(request: ScopedRequest, batch_id: str) -> HttpResponse:
    """Where the work on a workbook stands: progress, preview, refusals or the outcome."""
    batch = _batch(request, batch_id)
    _note_names(request, batch)
    context = _about(request, batch) | {
        "saving": _("Saving %(pupils)s pupils. This takes a few seconds.")
        % {"pupils": number(batch.rows_total)},
        "preview": imports.in_reader_words(batch.preview),
        "list_url": reverse("schools:school", args=[batch.school_id])
        if batch.school_id
        else reverse("schools:schools"),
        "list_words": _("To the school") if batch.school_id else _("To the schools"),
        "next_step": next_step(request.scope) if batch.state == State.DONE else None,
    }
    return PAGES.show(request, batch, "schools/import_batch.html", context)


@requires(P.IMPORT_PUPILS_OF_MANY)
@never_cache
@require_safe
def import_batch_school(request: ScopedRequest, batch_id: str, school_id: int) -> HttpResponse:
    """What a workbook of many schools changes in one of them, row by row."""
    batch = _batch(request, batch_id)
    if batch.school_id is not None or batch.state not in {State.READY, State.REFUSED}:
        raise Http404
    found = next((each for each in batch.preview["schools"] if each["id"] == school_id), None)
    if found is None:
        raise Http404
    names_shown(request, NamesKind.IMPORT, school=school_id, count=_named(found["rows"]))
    context = _about(request, batch, found["name"]) | {
        "found": found,
        "preview": {"sheets": batch.preview["sheets"]} | imports.in_reader_words(found["rows"]),
        "several_sheets": len(batch.preview["sheets"]) > 1,
        "has_marked_copy": PAGES.has_marked_copy(batch),
        "page_url": PAGES.url(batch),
    }
    return render(request, "schools/import_batch_school.html", context)


def _about(request: ScopedRequest, batch: ImportBatch, below: str = "") -> dict[str, Any]:
    """What every page about a workbook shows of it."""
    upload_url = _of_school("schools:import_upload", batch.school)
    crumbs = [
        *_crumbs(request, batch.school),
        {"label": _("Import pupils"), "url": upload_url},
        {"label": batch.file_name, "url": PAGES.url(batch) if below else ""},
    ]
    return {
        "batch": batch,
        "school": batch.school,
        "is_past": batch.year.closed_at is not None,
        "is_back_dated": batch.starts_on < timezone.localdate(),
        "upload_url": upload_url,
        "template_url": _of_school("schools:import_template", batch.school),
        "crumbs": [*crumbs, {"label": below, "url": ""}] if below else crumbs,
    }


@requires(P.IMPORT_PUPILS, P.IMPORT_PUPILS_OF_MANY)
@require_POST
def import_save(request: ScopedRequest, batch_id: str) -> HttpResponse:
    """Confirm the preview: save the workbook whole."""
    batch = _batch(request, batch_id)
    return PAGES.ask_to_save(request, batch, confirmed="is_another" in request.POST)


@requires(P.IMPORT_PUPILS, P.IMPORT_PUPILS_OF_MANY)
@require_POST
def import_check(request: ScopedRequest, batch_id: str) -> HttpResponse:
    """Check a workbook again, after a fault or when the job has died."""
    return PAGES.ask_to_check(_batch(request, batch_id))


@requires(P.IMPORT_PUPILS, P.IMPORT_PUPILS_OF_MANY)
@require_POST
def import_cancel(request: ScopedRequest, batch_id: str) -> HttpResponse:
    """Stop the check of a workbook that is not ready yet."""
    return PAGES.cancel(request, _batch(request, batch_id))


@requires(P.IMPORT_PUPILS, P.IMPORT_PUPILS_OF_MANY)
@never_cache
@require_safe
def import_marked(request: ScopedRequest, batch_id: str) -> HttpResponseBase:
    """The workbook with what to mend and what will change written beside each row."""
    batch = _batch(request, batch_id)
    if PAGES.has_marked_copy(batch):
        names_shown(request, NamesKind.FILE, school=batch.school_id, count=batch.rows_total)
    return PAGES.marked_copy(batch)


@requires(P.IMPORT_PUPILS)
@require_safe
def import_template(request: ScopedRequest, school_id: int) -> HttpResponseBase:
    """An empty workbook with the school's classes to choose from."""
    school = _school(request, school_id)
    year = year_for(request.scope.date)
    names = selectors.class_names(school, year) if year else []
    return download(write_template(class_names=names), name=_("Pupil list, empty") + ".xlsx")


@requires(P.IMPORT_PUPILS_OF_MANY)
@require_safe
def import_template_all(request: ScopedRequest) -> HttpResponseBase:
    """An empty workbook of many schools, with their codes to choose from."""
    content = write_template(school_codes=_codes(request) or ["…"])
    return download(content, name=_("Pupil list, empty") + ".xlsx")


@requires(P.IMPORT_PUPILS)
@require_safe
def import_example(request: ScopedRequest, school_id: int) -> HttpResponseBase:
    """A small workbook of invented pupils."""
    school = _school(request, school_id)
    today = request.scope.date
    year = year_for(today)
    lowest = min(grade for grade in Grade if grade.education_level in school.education_levels)
    known = selectors.example_class(school, year) if year else None
    name, grade = known or (f"{lowest.label}A", lowest)
    begins = year.valid_from.year if year else today.year
    content = write_example(class_name=name, grade=Grade(grade), year=begins)
    return download(content, name=_("Pupil list, example") + ".xlsx")


@requires(P.IMPORT_PUPILS_OF_MANY)
@require_safe
def import_example_all(request: ScopedRequest) -> HttpResponseBase:
    """A small workbook of invented pupils, with a code of one of the reader's schools."""
    today = request.scope.date
    year = year_for(today)
    content = write_example(
        class_name="6A",
        grade=Grade(6),
        year=year.valid_from.year if year else today.year,
        school_code=next(iter(_codes(request)), "…"),
    )
    return download(content, name=_("Pupil list, example") + ".xlsx")


def _codes(request: ScopedRequest) -> list[str]:
    places = request.scope.places(P.IMPORT_PUPILS_OF_MANY)
    return selectors.school_codes(places, on=request.scope.date)[:MOST_SCHOOLS_LISTED]


def _school(request: ScopedRequest, school_id: int) -> School:
    return reach(request.scope, P.IMPORT_PUPILS, lambda places: school_in(places, school_id))


def _batch(request: ScopedRequest, batch_id: str) -> ImportBatch:
    """A workbook of a school inside the reader's places, or one of many that they sent."""
    places = request.scope.places(P.IMPORT_PUPILS_OF_MANY)
    found = selectors.batch_of_many(places, request.user, batch_id)
    if found is not None:
        return found
    return reach(
        request.scope, P.IMPORT_PUPILS, lambda places: selectors.batch_in(places, batch_id)
    )


def _of_school(name: str, school: School | None) -> str:
    return reverse(name, args=[school.pk]) if school else reverse(f"{name}_all")


def _crumbs(request: ScopedRequest, school: School | None, here: str = "") -> list[Crumb]:
    if school is not None:
        return school_crumbs(request, school, here)
    crumbs: list[Crumb] = [{"label": _("Schools"), "url": reverse("schools:schools")}]
    return [*crumbs, {"label": here, "url": ""}] if here else crumbs


def _named(preview: Mapping[str, Any]) -> int:
    """How many pupils a preview names."""
    return sum(len(preview.get(each, ())) for each in NAMING)


def _note_names(request: ScopedRequest, batch: ImportBatch) -> None:
    """The names on the page of a file, each noted with the school that it is of, if it says so."""
    if batch.school_id is not None:
        names_shown(request, NamesKind.IMPORT, school=batch.school_id, count=_named(batch.preview))
        return
    told = Counter(
        row.get("school") if isinstance(row, dict) else None
        for part in NAMING
        for row in batch.preview.get(part, ())
    )
    for school_id, count in told.items():
        names_shown(request, NamesKind.IMPORT, school=school_id, count=count)
