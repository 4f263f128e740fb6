"""The plan and the decision of its team as files, made when they are asked for."""

from django.conf import settings
from django.http import Http404
from django.utils import translation

from core.access import reach
from core.documents.downloads import DOCX, download
from core.permissions import Permission as P
from core.permissions import requires
from reports.papers.files import paper_file

from ..plan_papers import PAPERS
from ..selectors import plans as selectors

CONTENT_TYPES = {"docx": DOCX, "pdf": "application/pdf"}
NAMES = {"plan": "ke-hoach-kiem-tra", "decision": "quyet-dinh-doan-kiem-tra"}


@requires(P.VIEW_PLANS)
def plan_paper(request, plan_id, kind):
    """A paper of a plan as PDF, or as Word with ?as=docx; number and day are left to the clerk."""
    extension = request.GET.get("as", "pdf")
    if kind not in PAPERS or extension not in CONTENT_TYPES:
        raise Http404
    plan = reach(
        request.scope,
        P.VIEW_PLANS,
        lambda places: selectors.plan_in(places, plan_id),
        reading=True,
    )
    # A paper of a Vietnamese office, whatever language its reader has chosen for the pages.
    with translation.override(settings.LANGUAGE_CODE):
        paper = PAPERS[kind](plan, list(selectors.visits_of(plan)))
        content = paper_file(paper, extension)
    return download(
        content,
        name=f"{NAMES[kind]}-{plan.month:%Y-%m}-{plan.area.code}.{extension}",
        content_type=CONTENT_TYPES[extension],
    )
