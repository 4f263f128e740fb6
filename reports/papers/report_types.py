"""The month's papers among the reports that can be asked for, each in Word and in PDF."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from core.documents.downloads import DOCX
from core.documents.official_papers import OfficialPaper, official_pdf
from core.documents.pdf import PDF
from core.permissions import Permission
from core.vietnamese import unmarked

from ..report_types import Progress, ReportOrder, ReportType
from .content import communes_of, notice, report

ZIP = "application/zip"


def _write(paper: OfficialPaper, extension: str) -> bytes:
    if extension == "pdf":
        return official_pdf(paper)
    # The library of Word files is read when the first one is made.
    from core.documents.word import official_docx

    return official_docx(paper)


def _render_report(extension: str) -> Callable[[ReportOrder, Path, Progress], int]:
    def render(order: ReportOrder, path: Path, progress: Progress) -> int:
        if order.area is None or order.month is None:
            raise ValueError("the report of a month is of an area and a month")
        progress(0, 1)
        path.write_bytes(_write(report(order.area, order.month), extension))
        progress(1, 1)
        return 1

    return render


def _render_notices(extension: str) -> Callable[[ReportOrder, Path, Progress], int]:
    def render(order: ReportOrder, path: Path, progress: Progress) -> int:
        if order.area is None or order.month is None:
            raise ValueError("the notices of a month are of an area and a month")
        communes = communes_of(order.area, order.month)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for index, commune in enumerate(communes):
                progress(index, len(communes))
                name = f"thong-bao-{order.month}-{commune.code}-{_ascii(commune.name)}.{extension}"
                archive.writestr(name, _write(notice(commune, order.month), extension))
        progress(len(communes), len(communes))
        return len(communes)

    return render


def _ascii(name: str) -> str:
    """A name as part of a file's: any system unpacks it, and none takes it for a path."""
    return re.sub(r"[^a-z0-9]+", "-", unmarked(name).lower()).strip("-")


PAPERS = (
    ReportType(
        code="report_docx",
        name=_("Report of the month (Word)"),
        permission=Permission.EXPORT_FIGURES,
        file_stem="bao-cao",
        extension="docx",
        render=_render_report("docx"),
        content_type=DOCX,
    ),
    ReportType(
        code="report_pdf",
        name=_("Report of the month (PDF)"),
        permission=Permission.EXPORT_FIGURES,
        file_stem="bao-cao",
        extension="pdf",
        render=_render_report("pdf"),
        content_type=PDF,
    ),
    ReportType(
        code="notices_docx",
        name=_("Notices of results to the communes (Word)"),
        permission=Permission.EXPORT_FIGURES,
        file_stem="thong-bao-word",
        extension="zip",
        render=_render_notices("docx"),
        content_type=ZIP,
    ),
    ReportType(
        code="notices_pdf",
        name=_("Notices of results to the communes (PDF)"),
        permission=Permission.EXPORT_FIGURES,
        file_stem="thong-bao-pdf",
        extension="zip",
        render=_render_notices("pdf"),
        content_type=ZIP,
    ),
)
