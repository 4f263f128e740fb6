"""The papers of a plan as drafts that its office can issue, and those it issued."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.documents.official_papers import OfficialPaper
from core.months import Month
from core.permissions import Permission as P
from core.types import StrOrPromise
from reports.models import IssuedPaper
from reports.papers.drafts import Draft
from reports.papers.offices import office_of
from reports.papers.paper_types import PaperType
from reports.papers.register import papers_about

from ..models import InspectionPlan, Visit
from ..selectors.plans import visits_of
from .committee_papers import CODES as COMMITTEE_CODES
from .plan_papers import plan_paper, team_decision


@dataclass(frozen=True)
class PlanPaper:
    """One paper of a plan.

    Attributes:
        code: as it is stored with every paper issued.
        kind: an `IssuedPaper.Kind`.
        name: in words, on the page of the plan.
        file_stem: the beginning of a file's name, ASCII.
        make: the paper from the plan, its visits, and the plan as it was issued, if it was.
    """

    code: str
    kind: str
    name: StrOrPromise
    file_stem: str
    make: Callable[[InspectionPlan, Sequence[Visit], IssuedPaper | None], OfficialPaper]


PLAN, DECISION = "inspection_plan", "inspection_team"
# Of a visit, with its number after a colon (`NumberedPaper.issued_code`): that it is not made, that
# it comes on another day, and what it found.
NOTICE, MOVED, RESULT = "visit_off", "visit_moved", "visit_result"
MINUTES, REMEDIES = "visit_minutes", "visit_remedies"
VISIT_CODES = (NOTICE, MOVED, MINUTES, RESULT, REMEDIES)
# By what the address of a paper says.
PAPERS = {
    "plan": PlanPaper(
        PLAN,
        IssuedPaper.Kind.PLAN,
        _("Inspection plan"),
        "ke-hoach-kiem-tra",
        lambda plan, visits, _issued: plan_paper(plan, visits),
    ),
    "decision": PlanPaper(
        DECISION,
        IssuedPaper.Kind.DECISION,
        _("Decision on the team"),
        "quyet-dinh-doan-kiem-tra",
        team_decision,
    ),
}
# Who sees a plan reads what was issued of it; the papers of a visit are to the commune.
PAPER_TYPES = [
    *(PaperType(code=each.code, permission=P.VIEW_PLANS) for each in PAPERS.values()),
    *(PaperType(code=code, permission=P.VIEW_FLAGS) for code in VISIT_CODES),
    *(PaperType(code=code, permission=P.VIEW_COMMITTEES) for code in COMMITTEE_CODES),
]


def issued_papers(plan: InspectionPlan) -> dict[str, IssuedPaper]:
    """Dict code -> the paper of a plan that stands; one query."""
    return papers_about(
        area=plan.area, month=Month.of(plan.month), reports=[each.code for each in PAPERS.values()]
    )


def paper_of(plan: InspectionPlan, kind: str) -> OfficialPaper:
    """A paper of a plan as the plan is now; `kind` is one of `PAPERS`."""
    return PAPERS[kind].make(plan, list(visits_of(plan)), issued_papers(plan).get(PLAN))


def draft_of(plan: InspectionPlan, kind: str) -> Draft:
    """A paper of an approved plan, to be issued.

    It bears no day before the approval, and a decision none before the plan that it names.
    """
    assert plan.approved_at is not None, "only an approved plan is issued"
    paper, month = PAPERS[kind], Month.of(plan.month)
    earliest = [timezone.localdate(plan.approved_at)]
    standing = issued_papers(plan).get(PLAN)
    if paper.code != PLAN and standing is not None:
        earliest.append(standing.issued_on)
    return Draft(
        office_of(plan.area, month),
        paper.kind,
        paper.code,
        month,
        lambda: paper_of(plan, kind),
        area=plan.area,
        not_before=max(earliest),
    )
