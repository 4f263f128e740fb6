"""The register of issued papers as a workbook, as it is filed (sổ đăng ký văn bản đi)."""

import io
from collections.abc import Iterable

from django.utils.translation import gettext as _

from core.documents.spreadsheets import FRAMED_HEAD, FRAMED_TEXT, TITLE, Spreadsheet

from ..models import IssuedPaper

HEAD_ROW = 2
WIDTHS = (16, 12, 11, 44, 24, 32, 30, 24, 16)


def register_workbook(papers: Iterable[IssuedPaper]) -> bytes:
    """Columns as in the register of Decree 30/2020/NĐ-CP, appendix IV, and what replaced what."""
    file = io.BytesIO()
    title = _("Register of issued papers")
    with Spreadsheet(file, title=title) as book:
        sheet = book.sheet(title)
        for place, width in enumerate(WIDTHS):
            sheet.widths(place, place, width)
        sheet.text(0, 0, title, TITLE)
        headings = [_("Number, symbol"), _("Day of the paper"), _("Kind of paper"), _("Subject")]
        headings += [_("Who signs"), _("Recipients"), _("Office"), _("State")]
        sheet.row(HEAD_ROW, [*headings, _("Verification code")], FRAMED_HEAD)
        for line, paper in enumerate(papers, start=HEAD_ROW + 1):
            sheet.row(line, _texts(paper), FRAMED_TEXT)
        sheet.freeze(HEAD_ROW + 1)
        sheet.print_on_a4(head=(HEAD_ROW, HEAD_ROW))
    return file.getvalue()


def _texts(paper: IssuedPaper) -> list[str]:
    return [
        paper.full_number,
        f"{paper.issued_on:%d/%m/%Y}",
        paper.get_kind_display(),
        paper.subject,
        f"{paper.signer}, {paper.position}",
        "; ".join(paper.recipients.splitlines()),
        paper.office_name,
        state_words(paper),
        paper.code,
    ]


def state_words(paper: IssuedPaper) -> str:
    """In force, or replaced by which paper."""
    if paper.replacement is None:
        return paper.get_state_display()
    return _("Replaced by %(number)s of %(day)s") % {
        "number": paper.replacement.full_number,
        "day": f"{paper.replacement.issued_on:%d/%m/%Y}",
    }
