"""Issuing the papers of a plan, of a visit and of a committee."""

from django.db import transaction

from core.access import check_area
from core.events import record
from core.permissions import Permission as P
from core.types import User
from reports.models import IssuedPaper
from reports.papers.issuing import Particulars, issue_papers

from .. import events
from ..models import Committee, InspectionPlan, Visit
from ..models.plans import ISSUE, PLANS
from ..models.visits import VISITS
from .committee_papers import PAPERS as COMMITTEE_PAPERS
from .drafts import draft_of
from .visit_papers import NUMBERED


@transaction.atomic
def issue_plan_paper(
    *, plan: InspectionPlan, kind: str, extension: str, said: Particulars, by: User
) -> list[IssuedPaper]:
    """Issue a paper of an approved plan under a number of its office; returns it in a list.

    Its text is that of the plan now. It replaces the one that was issued of the plan before.

    Args:
        kind: of `drafts.PAPERS`.
        extension: "pdf" or "docx".

    Raises IllegalTransition: the plan is a draft; PermissionDenied: `by` approves no plans there;
    ValidationError as `issue_papers`.
    """
    with PLANS.change(ISSUE, plan, by=by) as step:
        made = issue_papers(
            drafts=[draft_of(step.row, kind)], extension=extension, said=said, by=by
        )
        step.changes = {"paper": (None, str(made[0]))}
    return made


@transaction.atomic
def issue_visit_paper(
    *, visit: Visit, kind: str, extension: str, said: Particulars, by: User
) -> list[IssuedPaper]:
    """Issue a paper of a visit under a number of its office; returns it in a list.

    Args:
        kind: of `visit_papers.NUMBERED`.
        extension: "pdf" or "docx".

    Raises IllegalTransition: the visit has no such paper as it is; PermissionDenied: `by` may not;
    ValidationError as `issue_papers`.
    """
    paper = NUMBERED[kind]
    with VISITS.change(paper.step, visit, by=by) as step:
        made = issue_papers(drafts=[paper.draft(step.row)], extension=extension, said=said, by=by)
        step.changes = {"paper": (None, str(made[0]))}
    return made


@transaction.atomic
def issue_committee_paper(
    *, committee: Committee, kind: str, extension: str, said: Particulars, by: User
) -> list[IssuedPaper]:
    """Issue a decision on a committee under a number of its office; returns it in a list.

    Its text is the committee of now.

    Args:
        kind: of `committee_papers.PAPERS`.
        extension: "pdf" or "docx".

    Raises PermissionDenied: `by` does not manage the committee; ValidationError as `issue_papers`.
    """
    check_area(P.MANAGE_COMMITTEES, committee.area_id, by=by)
    draft = COMMITTEE_PAPERS[kind].draft(committee)
    made = issue_papers(drafts=[draft], extension=extension, said=said, by=by)
    record(
        events.COMMITTEE_PAPER_ISSUED,
        by=by,
        about=committee,
        area=committee.area_id,
        changes={"paper": (None, str(made[0]))},
    )
    return made
