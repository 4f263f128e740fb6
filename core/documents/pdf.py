"""PDF files, by typst: the one module that knows it.

A paper is a template `*.typ` beside the module that fills it; it begins with

    #import "/core/documents/paper.typ": *

which gives it the data, the fonts and the QR code of the installation's address. Fonts are those
that typst carries: nothing is fetched, and a server without fonts writes the same file. None says
when it was made, so that the same data give the same bytes.
"""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import segno
import typst
from django.conf import settings

from .archives import NO_MOMENT

PDF = "application/pdf"


def make_pdf(template: Path, data: Mapping[str, Any]) -> bytes:
    """The PDF of a template filled with `data` (what JSON takes).

    `address` and `qr`, where the installation is found, are there without being given; both are
    empty when SITE_URL is not set.
    """
    filled = {"address": settings.SITE_URL, "qr": qr_code(settings.SITE_URL), **data}
    root = Path(settings.BASE_DIR)
    content: bytes = typst.compile(
        str(template),
        root=str(root),
        sys_inputs={"data": json.dumps(filled)},
        ignore_system_fonts=True,
        timestamp=int(NO_MOMENT.timestamp()),
    )
    return content


def qr_code(address: str) -> str:
    """An address as a QR code in SVG; empty for no address."""
    if not address:
        return ""
    file = io.BytesIO()
    segno.make(address, error="m", micro=False).save(file, kind="svg", scale=4, border=1)
    return file.getvalue().decode()
