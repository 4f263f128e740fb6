"""Ask for a report, watch it being made, download it."""

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.jobs.dispatch import enqueue
from core.permissions import Permission as P
from core.permissions import requires

from .. import tasks
from ..forms import ReportForm
from ..selectors.areas import areas_to_report
from ..selectors.runs import run_of, runs_of
from ..services.runs import note_fetched, request_report

RUNS_PER_PAGE = 20


@requires(P.EXPORT_FIGURES)
def runs(request):
    """Reports made so far, and a form for a new one."""
    places = request.scope.places_to_read(P.EXPORT_FIGURES)
    form = ReportForm(request.POST or None, areas=areas_to_report(request.scope))
    if request.method == "POST" and form.is_valid():
        try:
            run = request_report(**form.cleaned_data, filters={}, by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            enqueue(tasks.make_report, slow=True, run_id=str(run.pk))
            return redirect("reports:run", run.pk)
    page = Paginator(runs_of(request.user, places), RUNS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "reports/runs.html", {"form": form, "page": page})


@requires(P.EXPORT_FIGURES)
def run(request, run_id):
    """One report: progress while it is made, then the file."""
    found = _run(request, run_id)
    crumbs = [
        {"label": _("Reports"), "url": reverse("reports:runs")},
        {"label": f"{found.area.title} · {found.month:%m/%Y}"},
    ]
    return render(
        request,
        "reports/run.html",
        {"run": found, "crumbs": crumbs, "progress_max": max(found.rows_total, 1)},
    )


@requires(P.EXPORT_FIGURES)
def run_file(request, run_id):
    """The file of a finished report; the right to it is asked again at each download."""
    found = _run(request, run_id)
    if not found.file:
        raise Http404
    note_fetched(run=found, by=request.user)
    name = f"bao-cao-thang-{found.area.code}-{found.month:%Y-%m}.xlsx"
    return FileResponse(found.file.open("rb"), as_attachment=True, filename=name)


def _run(request, run_id):
    found = run_of(request.user, request.scope.places_to_read(P.EXPORT_FIGURES), run_id)
    if found is None:
        raise Http404
    return found
