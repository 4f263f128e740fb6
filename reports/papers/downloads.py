"""Papers as answers: made when they are asked for, or as they were issued."""

from collections.abc import Callable

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.utils import translation

from core.documents.downloads import DOCX, download
from core.documents.official_papers import OfficialPaper
from core.documents.pdf import PDF
from core.types import User

from ..models import IssuedPaper
from .files import paper_file
from .issuing import note_fetched
from .register import file_of

CONTENT_TYPES = {"docx": DOCX, "pdf": PDF}


def download_paper(
    make: Callable[[], OfficialPaper], *, extension: str, stem: str
) -> HttpResponse | FileResponse:
    """A paper made now, without a number; in Vietnamese, whatever language its reader has chosen.

    Args:
        extension: "pdf" or "docx", as the reader asks; Http404 for another.
        stem: the name of the file without its ending.
    """
    if extension not in CONTENT_TYPES:
        raise Http404
    with translation.override(settings.LANGUAGE_CODE):
        content = paper_file(make(), extension)
    return download(content, name=f"{stem}.{extension}", content_type=CONTENT_TYPES[extension])


def download_issued(paper: IssuedPaper, *, by: User) -> HttpResponse | FileResponse:
    """The file of an issued paper as it was issued, with an event of who takes it."""
    content = file_of(paper)
    note_fetched(paper=paper, by=by)
    number = paper.full_number.replace("/", "-")
    return download(
        content,
        name=f"{number}-{paper.year}.{paper.extension}",
        content_type=CONTENT_TYPES[paper.extension],
    )
