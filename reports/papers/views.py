"""Issue a paper that was made; the register of issued papers; a paper and its file."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.documents.downloads import download
from core.formatting import number
from core.permissions import Permission as P
from core.permissions import requires

from ..models import ReportRun
from ..selectors.runs import run_of
from ..services.runs import order_of
from .downloads import download_issued
from .forms import PaperFilterForm
from .issue_page import issue_page
from .register import (
    find_papers,
    gaps_of,
    may_issue,
    offices_in,
    papers_in,
    years_in,
)
from .register_sheet import register_workbook, state_words

PAPERS_PER_PAGE = 25
# Rows of one workbook: some years of a department's papers.
MOST_EXPORTED = 20_000


@requires(P.ISSUE_PAPERS)
def issue(request, run_id):
    """Issue the papers of a finished run under numbers of the office; asks who signs."""
    run = run_of(request.user, request.scope, run_id)
    if run is None or run.type.drafts is None:
        raise Http404
    drafts = run.type.drafts(order_of(run))
    if not drafts:
        raise Http404
    if not may_issue(request.scope, drafts[0].office):
        raise PermissionDenied
    back = reverse("reports:run", args=[run.pk])
    if run.state != ReportRun.State.DONE:
        return redirect(back)
    return issue_page(
        request,
        drafts,
        about=run.title,
        back=back,
        extension=run.type.paper_format,
        crumbs=[
            {"label": _("Reports"), "url": reverse("reports:runs")},
            {"label": run.subject, "url": back},
        ],
    )


@requires(P.EXPORT_FIGURES, P.ISSUE_PAPERS)
@require_safe
def papers(request):
    """The register of issued papers (sổ văn bản đi), with the numbers nobody has."""
    rows = papers_in(request.scope)
    form = _filter_form(request, rows)
    chosen = form.cleaned_data if form.is_valid() else {}
    found = find_papers(rows, **chosen)
    of_one_year = bool(chosen.get("office") and chosen.get("year"))
    page = Paginator(found, PAPERS_PER_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    return render(
        request,
        "reports/papers.html",
        {
            "filter_form": form,
            "is_filtered": any(chosen.values()) or not form.is_valid(),
            "page": page,
            "rows": [(paper, state_words(paper)) for paper in page.object_list],
            "gaps": gaps_of(find_papers(rows, office=chosen["office"], year=chosen["year"]))
            if of_one_year
            else [],
            "excel_query": query.urlencode(),
            "may_change_templates": request.scope.may(P.MANAGE_TEMPLATES),
        },
    )


@requires(P.EXPORT_FIGURES, P.ISSUE_PAPERS)
@require_safe
def papers_excel(request):
    """The register as it is filtered, in Excel."""
    rows = papers_in(request.scope)
    form = _filter_form(request, rows)
    chosen = form.cleaned_data if form.is_valid() else {}
    found = find_papers(rows, **chosen)
    if found.count() > MOST_EXPORTED:
        messages.error(
            request,
            _(
                "At most %(limit)s papers fit one file. Choose an office or a year, then "
                "download again."
            )
            % {"limit": number(MOST_EXPORTED)},
        )
        return redirect(f"{reverse('reports:papers')}?{request.GET.urlencode()}")
    content = register_workbook(found)
    return download(content, name=f"so-van-ban-di-{timezone.localdate():%Y-%m-%d}.xlsx")


@requires(P.EXPORT_FIGURES, P.ISSUE_PAPERS)
@require_safe
def paper(request, paper_id):
    """One issued paper: what it says of itself, what it replaced and what replaced it."""
    found = _paper(request, paper_id)
    return render(
        request,
        "reports/paper.html",
        {
            "paper": found,
            "crumbs": [
                {"label": _("Issued papers"), "url": reverse("reports:papers")},
                {"label": str(found)},
            ],
        },
    )


@requires(P.EXPORT_FIGURES, P.ISSUE_PAPERS)
@require_safe
def paper_file(request, paper_id):
    """The file of an issued paper, as it was issued; the right to it is asked each time."""
    return download_issued(_paper(request, paper_id), by=request.user)


def _filter_form(request, rows):
    return PaperFilterForm(request.GET, offices=offices_in(rows), years=years_in(rows))


def _paper(request, paper_id):
    found = papers_in(request.scope).filter(pk=paper_id).first()
    if found is None:
        raise Http404
    return found
