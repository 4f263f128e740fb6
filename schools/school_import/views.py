"""The schools of the province from Excel: upload, look over, save."""

import uuid
from collections.abc import Collection

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.form_pages import render_form
from core.next_steps import next_step
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest

from ..directory.selectors.years import year_for
from ..form_refusals import show_refusal
from ..models import SchoolList
from ..school_records.selectors.managed import managed_areas, managed_communes
from .forms import SchoolListForm
from .selectors import own_list, own_lists
from .services.lists import change_set_of, receive_list, save_list
from .workbook import ROW_LIMIT, write_template

SHOWN = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@requires(P.MANAGE_SCHOOLS)
def school_files(request: ScopedRequest) -> HttpResponse:
    """Upload a file; nothing is saved by it."""
    year = year_for(request.scope.date)
    start = year.valid_from if year else request.scope.date
    form = SchoolListForm(request.POST or None, request.FILES or None, initial={"starts_on": start})
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            school_list = receive_list(
                file=upload,
                name=upload.name,
                starts_on=form.cleaned_data["starts_on"],
                by=request.user,
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            return redirect("schools:school_list_file", school_list.pk)
    return render_form(
        request,
        "schools/school_files.html",
        {
            "crumbs": _crumbs(_("Enter schools from Excel")),
            "steps": _steps(),
            "form": form,
            "lists": own_lists(request.user),
            "limit": ROW_LIMIT,
        },
    )


@requires(P.MANAGE_SCHOOLS)
def school_list_file(request: ScopedRequest, list_id: uuid.UUID) -> HttpResponse:
    """What the file would change; when every row is right, save it as a whole."""
    school_list = own_list(request.user, list_id)
    if school_list is None:
        raise Http404
    areas = managed_areas(request.scope)
    if request.method == "POST":
        return _save(request, school_list, areas)
    changes = None if school_list.saved_at else change_set_of(school_list, areas=areas)
    return render(
        request,
        "schools/school_list_file.html",
        {
            "crumbs": _crumbs(school_list.file_name),
            "steps": _steps(),
            "step": 3 if school_list.saved_at else 2,
            "school_list": school_list,
            "changes": changes,
            "wrong": [
                (outcome, wrong)
                for outcome in (changes.refused if changes else [])
                for wrong in outcome.wrong
            ][:SHOWN],
            "shown": SHOWN,
        },
    )


@requires(P.MANAGE_SCHOOLS)
def school_template(request: ScopedRequest) -> HttpResponse:
    """The empty workbook, with the communes of the reader's places."""
    return HttpResponse(
        write_template(managed_communes(request.scope)),
        content_type=XLSX,
        headers={"Content-Disposition": 'attachment; filename="truong.xlsx"'},
    )


def _save(request: ScopedRequest, school_list: SchoolList, areas: Collection[int]) -> HttpResponse:
    try:
        save_list(
            school_list=school_list,
            seen=request.POST.get("seen", "")[:32],
            areas=areas,
            by=request.user,
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The schools are saved."))
        if following := next_step(request.scope):
            return redirect(following.url)
    return redirect("schools:school_list_file", school_list.pk)


def _steps() -> list[str]:
    return [_("Upload"), _("Look over"), _("Saved")]


def _crumbs(here: str) -> list[dict[str, str]]:
    return [
        {"label": _("Open and change schools"), "url": reverse("schools:records")},
        {"label": here, "url": ""},
    ]
