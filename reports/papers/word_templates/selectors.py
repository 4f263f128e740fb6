"""Which layout a paper has when, and an example to try one with."""

import datetime
from collections.abc import Collection, Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.documents.official_papers import OfficialPaper
from core.months import Month
from schools.models import Area, School

from ... import report_types
from ...models import PaperTemplate
from ...report_types import ReportOrder, ReportType


def template_on(paper: str, day: datetime.date) -> PaperTemplate | None:
    """The layout of a paper on a day; None for the built-in one; one query."""
    return PaperTemplate.objects.on(day).filter(paper=paper).first()


def templates_of(papers: Sequence[str]) -> list[PaperTemplate]:
    """All layouts of some papers, newest first, without their files; one query."""
    rows = PaperTemplate.objects.filter(paper__in=papers).defer("content")
    return list(rows.select_related("uploaded_by").order_by("paper", "-valid_from"))


def papers_with_templates() -> list[ReportType]:
    """The papers made in Word, each once."""
    return [
        each
        for each in report_types.all_types()
        if each.paper_format == "docx" and each.drafts is not None
    ]


def example_of(paper: ReportType, province: Area, *, today: datetime.date) -> OfficialPaper:
    """A paper of the kind with figures of last month, to try a layout with; in Vietnamese.

    Raises ValidationError: there is no school, or no commune, to make one of.
    """
    month = Month.of(today).plus(-1)
    order = ReportOrder(area=province, month=month)
    if paper.of_school:
        school = School.objects.order_by("pk").first()
        order = ReportOrder(school=school, month=month)
    drafts = []
    if paper.drafts is not None and (order.area or order.school):
        drafts = list(paper.drafts(order))
    if not drafts:
        raise ValidationError(_("There is nothing yet to make an example of this paper from."))
    with override("vi"):
        return drafts[0].make()


def template_kept(template_id: int) -> PaperTemplate | None:
    """One layout with its file; one query."""
    return PaperTemplate.objects.filter(pk=template_id).first()


def highest_area(area_ids: Collection[int]) -> Area | None:
    """Of some areas the one that lies highest: whose papers are an example; one query."""
    return Area.objects.filter(pk__in=area_ids).order_by("level", "pk").first()
