"""Pages of the month workbook: download, upload, preview, save."""

from pathlib import PurePath

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from core.access import reach
from core.documents.downloads import download
from core.form_pages import render_form
from core.jobs.dispatch import enqueue
from core.months import Month
from core.permissions import Permission as P
from core.permissions import requires
from core.workbook_fields import workbook_field
from schools.access_trail import names_shown
from schools.directory.selectors.classes import class_in, lies_in
from schools.enums import NamesKind
from schools.form_refusals import show_refusal

from .. import tasks
from ..models import MonthBatch
from ..month_sheet.selectors import class_month
from ..registers.devices import device_of
from ..registers.services.sending import receipt_code
from . import services as month_workbooks
from .cell_values import reason_examples
from .selectors import batch_of, recent_batches, sent_by
from .template import write_month

State = MonthBatch.State


class UploadForm(forms.Form):
    """A month workbook."""

    file = workbook_field(gettext_lazy("At most 5 MB and 300 rows, of this class and this month."))


class SaveForm(forms.Form):
    """Why registers of earlier days are corrected, when some are."""

    correction_reason = forms.CharField(
        label=gettext_lazy("Why is it corrected?"), required=False, max_length=200
    )


@requires(P.TAKE_REGISTER)
@never_cache
def workbook(request, class_id, month):
    """Download a class's month, and upload it filled in."""
    school_class = _class(request, class_id, month)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_bound and form.is_valid():
        try:
            made = month_workbooks.receive_workbook(
                school_class=school_class,
                month=month,
                upload=form.cleaned_data["file"],
                by=request.user,
                answers_for_school=_answers_for(request, school_class),
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            enqueue(tasks.read_workbook, slow=True, batch_id=str(made.pk))
            return redirect("attendance:workbook_batch", made.pk)
    return render_form(
        request,
        "attendance/workbook.html",
        {
            "school_class": school_class,
            "month": month,
            "before": _inside_year(school_class, month.plus(-1)),
            "after": _inside_year(school_class, month.plus(1)),
            "form": form,
            "batches": recent_batches(school_class, month, request.user.pk),
            "reasons": reason_examples(),
            "crumbs": _crumbs(school_class),
            "steps": _steps(),
        },
    )


@requires(P.TAKE_REGISTER)
@never_cache
@require_safe
def file(request, class_id, month):
    """The month of a class as .xlsx, with the marks that were sent."""
    school_class = _class(request, class_id, month)
    read = class_month(
        school_class,
        month,
        today=timezone.localdate(),
        answers_for_school=_answers_for(request, school_class),
    )
    names_shown(request, NamesKind.FILE, school_class=school_class, count=len(read.lines))
    content = write_month(read)
    name = _("Attendance book %(name)s, month %(month)s") % {
        "name": school_class.name,
        "month": f"{month.number:02d}-{month.year}",
    }
    return download(content, name=f"{name}.xlsx")


@requires(P.TAKE_REGISTER)
@never_cache
@require_safe
def batch(request, batch_id):
    """What an uploaded workbook would write, what is to be mended, or the receipts.

    While a job reads it the page asks again by itself.
    """
    found = _batch(request, batch_id)
    if request.htmx:
        if not found.is_working:
            return HttpResponseClientRefresh()
        context = {"batch": found, "cancel_url": _cancel_url(found)}
        return render(request, "attendance/_workbook_progress.html", context)
    return _show(request, found, SaveForm())


@requires(P.TAKE_REGISTER)
@never_cache
@require_POST
def save(request, batch_id):
    """Confirm the preview: send all its registers or none."""
    found = _batch(request, batch_id)
    form = SaveForm(request.POST)
    if form.is_valid():
        try:
            month_workbooks.save_batch(
                batch=found,
                by=request.user,
                correction_reason=form.cleaned_data["correction_reason"],
                device=" · ".join(filter(None, (_("Excel file"), device_of(request)))),
                answers_for_school=_answers_for(request, found.school_class),
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            return redirect("attendance:workbook_batch", found.pk)
    return _show(request, found, form, status=422)


@requires(P.TAKE_REGISTER)
@require_POST
def cancel(request, batch_id):
    """Stop the reading of a workbook that is not ready yet."""
    found = _batch(request, batch_id)
    if not month_workbooks.cancel(found, by=request.user):
        messages.error(request, _("It was too late to cancel: the work had ended already."))
    return redirect("attendance:workbook_batch", found.pk)


@requires(P.TAKE_REGISTER)
@never_cache
@require_safe
def marked(request, batch_id):
    """The sheet as it was uploaded, with the cells to mend filled and listed."""
    found = _batch(request, batch_id)
    if not _has_marked_copy(found):
        raise Http404
    # The marked copy is the uploaded list, which is not counted again.
    names_shown(request, NamesKind.FILE, school_class=found.school_class)
    stem, suffix = PurePath(found.file_name).stem, _("to mend")
    file = default_storage.open(found.marked_name)
    return download(file, name=f"{stem} - {suffix}.xlsx")


def _show(request, found, form, status=200):
    month = Month.of(found.month)
    preview = month_workbooks.preview_of(found)
    names_shown(request, NamesKind.MONTH, school_class=found.school_class, count=len(preview.names))
    sent = sent_by(found) if found.state == State.DONE else []
    return render(
        request,
        "attendance/workbook_batch.html",
        {
            "batch": found,
            "school_class": found.school_class,
            "month": month,
            "preview": preview,
            "form": form,
            "cancel_url": _cancel_url(found),
            "sent": [(each, receipt_code(each)) for each in sent],
            "has_marked_copy": _has_marked_copy(found),
            "upload_url": reverse("attendance:workbook", args=[found.school_class_id, month]),
            "crumbs": [*_crumbs(found.school_class, month), {"label": found.file_name}],
            "steps": _steps(),
            "step": 3 if found.state == State.DONE else 2,
        },
        status=status,
    )


def _class(request, class_id, month):
    found = reach(request.scope, P.TAKE_REGISTER, lambda places: class_in(places, class_id))
    if _inside_year(found, month) is None:
        raise Http404
    return found


def _batch(request, batch_id):
    return reach(
        request.scope,
        P.TAKE_REGISTER,
        lambda places: batch_of(places, request.user.pk, batch_id),
    )


def _inside_year(school_class, month):
    """The month when the school year of the class has days in it, else None."""
    year = school_class.year
    return month if month.first < year.valid_to and month.end > year.valid_from else None


def _has_marked_copy(found):
    return found.state == State.REFUSED and default_storage.exists(found.marked_name)


def _cancel_url(found):
    return reverse("attendance:workbook_cancel", args=[found.pk])


def _answers_for(request, school_class):
    return lies_in(request.scope.places(P.MANAGE_SCHOOL), school_class)


def _crumbs(school_class, month=None):
    crumbs = [{"label": _("Today"), "url": reverse("attendance:today")}]
    label = _("Month workbook %(name)s") % {"name": school_class.name}
    if month is None:
        return [*crumbs, {"label": label}]
    url = reverse("attendance:workbook", args=[school_class.pk, month])
    return [*crumbs, {"label": label, "url": url}]


def _steps():
    return [_("Choose the file"), _("Look it over"), _("Send")]
