"""The month's papers among the reports that can be asked for, each in Word and in PDF."""

import re
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.documents.archives import entry
from core.documents.downloads import DOCX
from core.documents.official_papers import OfficialPaper
from core.documents.pdf import PDF
from core.months import Month
from core.permissions import Permission
from core.types import StrOrPromise
from core.vietnamese import unmarked
from schools.models import Area, School

from ..models import PaperTemplate
from ..report_types import Progress, ReportOrder, ReportType
from .content import communes_of, notice, report, school_report
from .drafts import Draft
from .files import paper_file
from .offices import office_of, office_of_school, supervisor_of
from .word_templates.selectors import template_on
from .year_summary import year_of_area, year_of_school

ZIP = "application/zip"
# As `IssuedPaper.Kind`.
REPORT, NOTICE = "report", "notice"


def _render(
    drafts: Callable[[ReportOrder], Sequence[Draft]], extension: str
) -> Callable[[ReportOrder, Path, Progress], int]:
    def render(order: ReportOrder, path: Path, progress: Progress) -> int:
        progress(0, 1)
        (draft,) = drafts(order)
        layout = _layout(draft.report, extension)
        path.write_bytes(paper_file(draft.make(), extension, layout))
        progress(1, 1)
        return 1

    return render


def _render_notices(extension: str) -> Callable[[ReportOrder, Path, Progress], int]:
    def render(order: ReportOrder, path: Path, progress: Progress) -> int:
        drafts = _notice_drafts(order)
        layout = _layout("notices", extension)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for index, draft in enumerate(drafts):
                progress(index, len(drafts))
                assert draft.area is not None, "a notice is to a commune"
                commune = f"{draft.area.code}-{_ascii(draft.area.name)}"
                name = f"thong-bao-{order.month}-{commune}.{extension}"
                archive.writestr(entry(name), paper_file(draft.make(), extension, layout))
        progress(len(drafts), len(drafts))
        return len(drafts)

    return render


def _layout(report: str, extension: str) -> PaperTemplate | None:
    return template_on(report, timezone.localdate()) if extension == "docx" else None


def of_area(
    code: str,
    paper: Callable[[Area, Month], OfficialPaper],
    *,
    last: Callable[[Month], Month] = lambda month: month,
) -> Callable[[ReportOrder], Sequence[Draft]]:
    """The draft of a paper about an area and a month.

    Args:
        code: which report it is, without the format.
        last: the last month that a paper asked for a month is about.
    """

    def drafts(order: ReportOrder) -> Sequence[Draft]:
        if order.area is None or order.month is None:
            raise ValueError("this paper is of an area and a month")
        make = partial(paper, order.area, order.month)
        month = last(order.month)
        return [
            Draft(*(office_of(order.area, month), REPORT, code, month, make), area=order.area),
        ]

    return drafts


def _of_school(
    code: str, paper: Callable[[School, Month], OfficialPaper]
) -> Callable[[ReportOrder], Sequence[Draft]]:
    def drafts(order: ReportOrder) -> Sequence[Draft]:
        if order.school is None or order.month is None:
            raise ValueError("this paper is of a school and a month")
        make = partial(paper, order.school, order.month)
        office = office_of_school(order.school, order.month)
        return [Draft(*(office, REPORT, code, order.month, make), school=order.school)]

    return drafts


def _notice_drafts(order: ReportOrder) -> Sequence[Draft]:
    if order.area is None or order.month is None:
        raise ValueError("the notices of a month are of an area and a month")
    communes = communes_of(order.area, order.month)
    # On the map of one month the communes of an area are all under one office.
    office = office_of(supervisor_of(communes[0], order.month), order.month) if communes else None
    return [
        Draft(
            *(office, NOTICE, "notices", order.month, partial(notice, each, order.month)),
            area=each,
        )
        for each in communes
        if office is not None
    ]


def _ascii(name: str) -> str:
    """A name as part of a file's: any system unpacks it, and none takes it for a path."""
    return re.sub(r"[^a-z0-9]+", "-", unmarked(name).lower()).strip("-")


def in_both(
    code: str,
    names: tuple[StrOrPromise, StrOrPromise],
    drafts: Callable[[ReportOrder], Sequence[Draft]],
    *,
    stem: str,
    of_school: bool = False,
    permission: Permission = Permission.EXPORT_FIGURES,
    place: int = 0,
) -> list[ReportType]:
    """A paper in Word and in PDF; `names` in that order, the rest as of a `ReportType`."""
    return [
        ReportType(
            code=f"{code}_{extension}",
            name=name,
            permission=permission,
            file_stem=stem,
            extension=extension,
            render=_render(drafts, extension),
            content_type=content_type,
            needs_area=not of_school,
            of_school=of_school,
            paper=code,
            paper_format=extension,
            drafts=drafts,
            place=place,
        )
        for name, (extension, content_type) in zip(
            names, (("docx", DOCX), ("pdf", PDF)), strict=True
        )
    ]


def _notices(extension: str, name: StrOrPromise, stem: str) -> ReportType:
    return ReportType(
        code=f"notices_{extension}",
        name=name,
        permission=Permission.EXPORT_FIGURES,
        file_stem=stem,
        extension="zip",
        render=_render_notices(extension),
        content_type=ZIP,
        paper="notices",
        paper_format=extension,
        drafts=_notice_drafts,
    )


PAPERS = (
    *in_both(
        "report",
        (_("Report of the month (Word)"), _("Report of the month (PDF)")),
        of_area("report", report),
        stem="bao-cao",
    ),
    _notices("docx", _("Notices of results to the communes (Word)"), "thong-bao-word"),
    _notices("pdf", _("Notices of results to the communes (PDF)"), "thong-bao-pdf"),
    *in_both(
        "year",
        (_("Summary of the school year (Word)"), _("Summary of the school year (PDF)")),
        of_area("year", year_of_area),
        stem="tong-ket-nam-hoc",
    ),
    *in_both(
        "school_report",
        (_("Report of the month of a school (Word)"), _("Report of the month of a school (PDF)")),
        _of_school("school_report", school_report),
        stem="bao-cao-truong",
        of_school=True,
    ),
    *in_both(
        "school_year",
        (_("Summary of the year of a school (Word)"), _("Summary of the year of a school (PDF)")),
        _of_school("school_year", year_of_school),
        stem="tong-ket-nam-hoc-truong",
        of_school=True,
    ),
)
# Codes of the papers that say the figures of one month.
OF_FIGURES = frozenset({"report", "notices", "school_report"})
