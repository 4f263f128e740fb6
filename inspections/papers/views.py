"""Papers of plans, visits and committees, made when they are asked for, and issued."""

from functools import partial

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.access import reach
from core.permissions import Permission as P
from core.permissions import requires
from core.workflow import IllegalTransition
from reports.papers.downloads import download_paper
from reports.papers.issue_page import issue_page

from ..models.plans import ISSUE, PLANS
from ..models.visits import VISITS
from ..selectors.committees import committee_in
from ..selectors.plans import plan_in
from ..selectors.visits import visit_for
from ..views.crumbs import committee_crumbs, plan_crumbs, plan_title
from .committee_papers import PAPERS as COMMITTEE_PAPERS
from .drafts import PAPERS, draft_of, paper_of
from .services import issue_committee_paper, issue_plan_paper, issue_visit_paper
from .visit_papers import NUMBERED
from .visit_papers import PAPERS as VISIT_PAPERS


@requires(P.VIEW_PLANS)
def plan_paper(request, plan_id, kind):
    """A paper of a plan as PDF, or as Word with ?as=docx; number and day are left to the clerk."""
    if kind not in PAPERS:
        raise Http404
    plan = _plan(request, P.VIEW_PLANS, plan_id, reading=True)
    return download_paper(
        partial(paper_of, plan, kind),
        extension=request.GET.get("as", "pdf"),
        stem=f"{PAPERS[kind].file_stem}-{plan.month:%Y-%m}-{plan.area.code}",
    )


@requires(P.APPROVE_PLANS)
def plan_paper_issue(request, plan_id, kind):
    """Issue a paper of an approved plan; who approves plans there and issues for the office."""
    if kind not in PAPERS:
        raise Http404
    plan = _plan(request, P.APPROVE_PLANS, plan_id)
    back = reverse("inspections:plan", args=[plan.pk])
    try:
        PLANS.check(ISSUE, plan, request.scope)
    except IllegalTransition as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect(back)
    return issue_page(
        request,
        [draft_of(plan, kind)],
        about=f"{PAPERS[kind].name} · {plan_title(plan)}",
        back=back,
        crumbs=plan_crumbs(plan),
        issue=partial(issue_plan_paper, plan=plan, kind=kind),
    )


@requires(P.APPROVE_PLANS)
def visit_paper_issue(request, visit_id, kind):
    """Issue a paper of a visit; as the papers of its plan."""
    visit = visit_for(request.user, request.scope, visit_id)
    # What the commune writes is issued from its own page of the visit.
    if visit is None or kind not in NUMBERED or NUMBERED[kind].by_inspected:
        raise Http404
    back = reverse("inspections:visit", args=[visit.pk])
    try:
        VISITS.check(NUMBERED[kind].step, visit, request.scope)
    except IllegalTransition as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect(back)
    return issue_page(
        request,
        [NUMBERED[kind].draft(visit)],
        about=f"{NUMBERED[kind].name} · {visit.commune.title}",
        back=back,
        crumbs=[
            *plan_crumbs(visit.plan),
            {"label": visit.commune.title, "url": back},
        ],
        issue=partial(issue_visit_paper, visit=visit, kind=kind),
    )


@requires(P.RECORD_VISIT, P.VIEW_PLANS)
@require_safe
def visit_paper(request, visit_id):
    """The paper of a visit in the state it is in, as PDF, or as Word with ?as=docx."""
    visit = _visit(request, visit_id)
    return _visit_file(request, visit, VISIT_PAPERS[visit.state])


@requires(P.RECORD_VISIT, P.VIEW_PLANS)
@require_safe
def visit_paper_of(request, visit_id, kind):
    """A paper of a visit that is issued, to look through without a number; as `visit_paper`."""
    visit = _visit(request, visit_id)
    # What the commune reports is the commune's until it is issued.
    if kind not in NUMBERED or NUMBERED[kind].by_inspected or not NUMBERED[kind].fits(visit):
        raise Http404
    return _visit_file(request, visit, NUMBERED[kind])


def _visit(request, visit_id):
    visit = visit_for(request.user, request.scope, visit_id)
    if visit is None:
        raise Http404
    return visit


def _visit_file(request, visit, paper):
    return download_paper(
        partial(paper.make, visit),
        extension=request.GET.get("as", "pdf"),
        stem=f"{paper.file_stem}-{visit.plan.month:%Y-%m}-{visit.commune.code}",
    )


@requires(P.VIEW_COMMITTEES)
@require_safe
def committee_paper(request, committee_id, kind):
    """A decision on a committee as PDF, or as Word with ?as=docx, without a number."""
    if kind not in COMMITTEE_PAPERS:
        raise Http404
    committee = _committee(request, P.VIEW_COMMITTEES, committee_id)
    paper = COMMITTEE_PAPERS[kind]
    return download_paper(
        partial(paper.make, committee),
        extension=request.GET.get("as", "pdf"),
        stem=f"{paper.file_stem}-{committee.area.code}",
    )


@requires(P.MANAGE_COMMITTEES)
def committee_paper_issue(request, committee_id, kind):
    """Issue a decision on a committee; who manages it and issues for its office."""
    if kind not in COMMITTEE_PAPERS:
        raise Http404
    committee = _committee(request, P.MANAGE_COMMITTEES, committee_id)
    return issue_page(
        request,
        [COMMITTEE_PAPERS[kind].draft(committee)],
        about=f"{COMMITTEE_PAPERS[kind].name} · {committee.name}",
        back=reverse("inspections:committee", args=[committee.pk]),
        crumbs=committee_crumbs(committee),
        issue=partial(issue_committee_paper, committee=committee, kind=kind),
    )


def _committee(request, permission, committee_id):
    return reach(
        request.scope,
        permission,
        lambda places: committee_in(places, committee_id, on=request.scope.date),
    )


def _plan(request, permission, plan_id, *, reading=False):
    return reach(
        request.scope, permission, lambda places: plan_in(places, plan_id), reading=reading
    )
