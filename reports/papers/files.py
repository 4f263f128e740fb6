"""An official paper as the bytes of a file."""

import logging

from core.documents.official_papers import OfficialPaper, official_pdf

from ..models import PaperTemplate

logger = logging.getLogger(__name__)


def paper_file(
    paper: OfficialPaper, extension: str, template: PaperTemplate | None = None
) -> bytes:
    """The paper as "pdf" or "docx".

    Args:
        template: the province's layout for Word. A paper that it does not fit, since its columns
            or parts are others than those it was tried with, has the built-in layout.
    """
    if extension == "pdf":
        return official_pdf(paper)
    # The library of Word files is read when the first one is made.
    from core.documents.word import official_docx

    if template is not None and template.columns == columns_of(paper):
        try:
            return official_docx(paper, bytes(template.content))
        except Exception:
            logger.exception("template %s does not fit a paper", template.pk)
    return official_docx(paper)


def columns_of(paper: OfficialPaper) -> int:
    """How many columns the appendix has; 0 for a paper without one."""
    return len(paper.appendix.columns) if paper.appendix is not None else 0
