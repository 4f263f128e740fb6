"""Answers that are files to be kept, not shown."""

import re
from typing import IO

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpResponse
from django.utils.http import content_disposition_header

from ..attachments import kind_named

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# What Windows takes in no file name.
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*]')


def download(
    content: bytes | IO[bytes], *, name: str, content_type: str = XLSX
) -> HttpResponse | FileResponse:
    """A file as an answer, saved by the browser under a name that may be Vietnamese (RFC 5987).

    Args:
        content: the bytes, or an open file, which is closed after the answer.
        name: with its ending; what no file name may have becomes "-".
    """
    response = (
        HttpResponse(content, content_type=content_type)
        if isinstance(content, bytes)
        else FileResponse(content, content_type=content_type)
    )
    disposition = content_disposition_header(True, _FORBIDDEN.sub("-", name))
    response.headers["Content-Disposition"] = str(disposition)
    # A browser must not take a file that somebody uploaded for a page.
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def download_kept(kept: FieldFile, *, name: str) -> HttpResponse | FileResponse:
    """An attachment (`core.attachments`) as an answer; `name` is without its ending.

    Raises Http404: nothing is kept, or its file is gone.
    """
    if not kept:
        raise Http404
    kind = kind_named(kept.name or "")
    try:
        with kept.open("rb") as opened:
            content = opened.read()
    except FileNotFoundError as error:
        raise Http404 from error
    return download(content, name=f"{name}.{kind.ending}", content_type=kind.content_type)
