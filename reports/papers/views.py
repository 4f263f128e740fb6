"""Issue a paper that was made; the register of issued papers; a paper and its file."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django.views.decorators.http import require_safe

from core.documents.downloads import DOCX, download
from core.documents.pdf import PDF
from core.form_pages import render_form
from core.formatting import number
from core.permissions import Permission as P
from core.permissions import requires
from schools.form_refusals import show_refusal

from ..models import ReportRun
from ..selectors.runs import run_of
from ..services.runs import order_of
from .forms import IssueForm, PaperFilterForm
from .issuing import Particulars, issue_papers, note_fetched
from .register import (
    file_of,
    find_papers,
    gaps_of,
    last_number,
    last_paper,
    may_issue,
    offices_in,
    papers_in,
    standing_papers,
    years_in,
)
from .register_sheet import register_workbook, state_words
from .signing import head_of
from .symbols import symbol_of

PAPERS_PER_PAGE = 25
# Rows of one workbook: some years of a department's papers.
MOST_EXPORTED = 20_000
CONTENT_TYPES = {"docx": DOCX, "pdf": PDF}


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
    if run.state != ReportRun.State.DONE:
        return redirect("reports:run", run.pk)
    replaced = standing_papers(drafts)
    form = _issue_form(request, drafts, replaced)
    if request.method == "POST" and form.is_valid():
        try:
            made = issue_papers(
                drafts=drafts,
                extension=run.type.paper_format,
                said=Particulars(**form.cleaned_data),
                by=request.user,
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            return _tell(request, made)
    return render_form(
        request,
        "reports/paper_issue.html",
        {
            "form": form,
            "run": run,
            "office": drafts[0].office,
            "count": len(drafts),
            "replaced": replaced,
            "crumbs": [
                {"label": _("Reports"), "url": reverse("reports:runs")},
                {"label": run.subject, "url": reverse("reports:run", args=[run.pk])},
                {"label": _("Issue")},
            ],
        },
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
    found = _paper(request, paper_id)
    content = file_of(found)
    note_fetched(paper=found, by=request.user)
    return download(
        content,
        name=f"{found.full_number.replace('/', '-')}-{found.year}.{found.extension}",
        content_type=CONTENT_TYPES[found.extension],
    )


def _issue_form(request, drafts, replaced):
    office, kind, today = drafts[0].office, drafts[0].kind, timezone.localdate()
    last = last_paper(office)
    recipients = None
    if len(drafts) == 1:
        with override("vi"):
            recipients = list(drafts[0].make().recipients)
    initial = {
        "symbol": symbol_of(office, kind, on=today),
        "signing": last.signing if last else "",
        "position": last.position if last else head_of(office),
        "signer": last.signer if last else "",
    }
    return IssueForm(
        request.POST or None,
        initial=initial,
        next_number=last_number(office, kind, today.year) + 1,
        recipients=recipients,
        replaced=replaced,
    )


def _filter_form(request, rows):
    return PaperFilterForm(request.GET, offices=offices_in(rows), years=years_in(rows))


def _tell(request, made):
    messages.success(
        request,
        ngettext("%(number)s is issued.", "%(count)s papers are issued.", len(made))
        % {"number": made[0], "count": len(made)},
    )
    if len(made) == 1:
        return redirect("reports:paper", made[0].pk)
    return redirect("reports:papers")


def _paper(request, paper_id):
    found = papers_in(request.scope).filter(pk=paper_id).first()
    if found is None:
        raise Http404
    return found
