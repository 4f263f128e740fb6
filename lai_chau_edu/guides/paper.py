"""A guide on one page of A4, to hang beside the staff room's door."""

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from core.documents import pdf
from core.province import agency_name, product_name

from .content import Guide

TEMPLATE = Path(__file__).with_name("guide.typ")


def guide_pdf(guide: Guide) -> bytes:
    """The PDF of a guide, in the reader's language, with the address and its QR code."""
    return pdf.make_pdf(
        TEMPLATE,
        {
            "product": product_name(),
            "agency": agency_name(),
            "title": str(guide.title),
            "steps": [
                {
                    "text": str(step.text),
                    "path": " → ".join(str(word) for word in (step.under, step.label) if word),
                }
                for step in guide.steps
            ],
            "offline": str(guide.offline),
            "ask": str(guide.ask),
            "help_line": settings.HELP_LINE,
            "words": {
                "menu": _("In the menu:"),
                "offline": _("No network?"),
                "ask": _("Whom to ask"),
                "help_line": _("Help line:"),
                "open": _("Open on a phone or a computer:"),
                "scan": _("Or point the camera of the phone at this code."),
                "password": _("Nobody else needs your password. Give it to no one."),
            },
        },
    )
