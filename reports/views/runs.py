"""Ask for a report, watch it being made, download it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.documents.downloads import download
from core.form_pages import render_form
from core.jobs.dispatch import enqueue
from core.permissions import Permission as P
from core.permissions import requires
from schools.form_refusals import show_refusal

from .. import tasks
from ..forms import ReportForm
from ..papers.register import may_issue
from ..selectors.runs import areas_by_type, run_of, runs_of, schools_to_report, types_for
from ..services.runs import cancel_report, note_fetched, order_of, request_report

RUNS_PER_PAGE = 20


@requires(P.EXPORT_FIGURES)
def runs(request):
    """Reports made so far, and a form for a new one."""
    types = types_for(request.scope)
    areas = areas_by_type(types, request.scope)
    schools = schools_to_report(types, request.scope)
    form = ReportForm(request.POST or None, types=types, areas=areas, schools=schools)
    if request.method == "POST" and form.is_valid():
        try:
            run = request_report(**form.cleaned_data, filters={}, by=request.user)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            enqueue(tasks.make_report, slow=True, run_id=str(run.pk))
            return redirect("reports:run", run.pk)
    page = Paginator(runs_of(request.user, request.scope), RUNS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    return render_form(request, "reports/runs.html", {"form": form, "page": page, "types": types})


@requires(P.EXPORT_FIGURES)
def run(request, run_id):
    """One report: progress while it is made, then the file."""
    found = _run(request, run_id)
    crumbs = [
        {"label": _("Reports"), "url": reverse("reports:runs")},
        {"label": found.subject},
    ]
    return render(
        request,
        "reports/run.html",
        {
            "run": found,
            "crumbs": crumbs,
            "progress_max": max(found.rows_total, 1),
            "may_issue": _may_issue(request, found),
            "cancel_url": reverse("reports:run_cancel", args=[found.pk]),
        },
    )


@requires(P.EXPORT_FIGURES)
def run_file(request, run_id):
    """The file of a finished report; the right to it is asked again at each download."""
    found = _run(request, run_id)
    if not found.file:
        raise Http404
    note_fetched(run=found, by=request.user)
    return download(
        found.file.open("rb"),
        name=found.type.file_name(order_of(found)),
        content_type=found.type.content_type,
    )


@requires(P.EXPORT_FIGURES)
@require_POST
def run_cancel(request, run_id):
    """Stop a report that is not ready yet."""
    found = _run(request, run_id)
    if not cancel_report(run=found, by=request.user):
        messages.error(request, _("It was too late to cancel: the work had ended already."))
    return redirect("reports:run", found.pk)


def _may_issue(request, found):
    """Whether the reader issues the paper of a run that is ready."""
    if found.state != found.State.DONE or found.type.drafts is None:
        return False
    drafts = found.type.drafts(order_of(found))
    return bool(drafts) and may_issue(request.scope, drafts[0].office)


def _run(request, run_id):
    found = run_of(request.user, request.scope, run_id)
    if found is None:
        raise Http404
    return found
