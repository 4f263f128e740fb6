"""What those inspected see of a visit: when it comes, what it found, what was issued of it.

No drafts, no photos and nothing written down before the record. Of a school its head sees what
concerns it; the commune sees the whole.
"""

from functools import partial

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.permissions import Permission as P
from core.permissions import requires
from reports.papers.downloads import download_issued, download_paper
from reports.papers.issue_page import issue_page
from reports.papers.register import may_issue

from ..models import Visit
from ..models.visits import VISITS
from ..papers.services import issue_visit_paper
from ..papers.visit_papers import NUMBERED, REMEDY, papers_issued, papers_to_read
from ..selectors import findings
from ..selectors import visits as selectors
from ..selectors.households import checks_of, count_checked

VISITS_PER_PAGE = 20
DONE = Visit.State.DONE
REPORT = NUMBERED[REMEDY]


@requires(P.ANSWER_RECOMMENDATIONS)
@require_safe
def visits_here(request):
    """Visits to the reader's commune or school, newest first."""
    found = selectors.visits_to(request.scope)
    return render(
        request,
        "inspections/visits_here.html",
        {
            "crumbs": _crumbs(_("Inspections here")),
            "page": Paginator(found, VISITS_PER_PAGE).get_page(request.GET.get("page")),
        },
    )


@requires(P.ANSWER_RECOMMENDATIONS)
@require_safe
def visit_here(request, visit_id):
    """One visit as those inspected see it."""
    found = _visit(request, visit_id)
    is_whole = selectors.is_of_own_commune(request.scope, found)
    return render(
        request,
        "inspections/visit_here.html",
        {
            "crumbs": _crumbs(found.commune.title, below=True),
            "visit": found,
            "is_whole": is_whole,
            "team": found.team.all(),
            "papers": papers_to_read(found, is_whole=is_whole),
            **(_recorded(request.scope, found, is_whole) if found.state == DONE else {}),
        },
    )


@requires(P.ANSWER_RECOMMENDATIONS)
@require_safe
def visit_here_paper(request, visit_id, paper_id):
    """The file of a paper issued of a visit, as it was issued; the right is asked each time."""
    visit = _visit(request, visit_id)
    is_whole = selectors.is_of_own_commune(request.scope, visit)
    papers = {each.pk: each for _name, each in papers_to_read(visit, is_whole=is_whole)}
    paper = papers.get(paper_id)
    if paper is None:
        raise Http404
    return download_issued(paper, by=request.user)


@requires(P.ANSWER_RECOMMENDATIONS)
@require_safe
def visit_report(request, visit_id):
    """What the commune reports of the recommendations, without a number: PDF, or ?as=docx."""
    visit = _reported(request, visit_id)
    return download_paper(
        partial(REPORT.make, visit),
        extension=request.GET.get("as", "pdf"),
        stem=f"{REPORT.file_stem}-{visit.visited_on:%Y-%m-%d}-{visit.commune.code}",
    )


@requires(P.ANSWER_RECOMMENDATIONS)
def visit_report_issue(request, visit_id):
    """Issue the report under a number of the commune's office."""
    visit = _reported(request, visit_id)
    back = reverse("inspections:visit_here", args=[visit.pk])
    return issue_page(
        request,
        [REPORT.draft(visit)],
        about=f"{REPORT.name} · {visit.commune.title}",
        back=back,
        crumbs=[
            *_crumbs("", below=True)[:-1],
            {"label": visit.commune.title, "url": back},
        ],
        issue=partial(issue_visit_paper, visit=visit, kind=REMEDY),
    )


def _reported(request, visit_id):
    """A recorded visit with recommendations to the reader's commune."""
    visit = _visit(request, visit_id)
    is_whole = selectors.is_of_own_commune(request.scope, visit)
    if not is_whole or visit.state != DONE or not visit.recommendations.exists():
        raise Http404
    return visit


def _recorded(scope, visit, is_whole):
    """What the record says, of a school what concerns it."""
    own = scope.places_to_read(P.ANSWER_RECOMMENDATIONS).schools
    recommendations = selectors.recommendations_to(scope).filter(visit=visit)
    told = {
        "recommendations": list(recommendations),
        "scans": visit.scans.all() if is_whole else [],
        "supplements": (
            visit.supplements.all() if is_whole else visit.supplements.to_schools(own)
        ).select_related("made_by"),
        "countings": [
            each
            for each in findings.countings_of(visit)
            if each.classes and (is_whole or each.school.pk in own)
        ],
    }
    if is_whole:
        told["may_issue"] = VISITS.may(REPORT.step, visit, scope) and may_issue(
            scope, REPORT.office(visit)
        )
        told["report"] = papers_issued(visit).get(REMEDY)
        checks = list(checks_of(visit))
        told["questions"] = [each for each in findings.checklist_of(visit) if each.answer]
        told["checks"] = [each for each in checks if each.result == "differs"]
        told["checked"] = count_checked(checks)
    return told


def _visit(request, visit_id):
    found = selectors.visit_to(request.scope, visit_id)
    if found is None:
        raise Http404
    return found


def _crumbs(here, *, below=False):
    crumbs = [
        {"label": _("Recommendations"), "url": reverse("inspections:recommendations")},
    ]
    if below:
        crumbs.append({"label": _("Inspections here"), "url": reverse("inspections:visits_here")})
    return [*crumbs, {"label": here, "url": ""}]
