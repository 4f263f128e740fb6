"""The slips as PDF, by typst: A4, eight a page, lines to cut along, a new page for a school."""

import datetime
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from core.documents import pdf

TEMPLATE = Path(__file__).with_name("slips.typ")


@dataclass(frozen=True)
class Slip:
    """What one person is handed; `place` heads the slip and its school begins a page."""

    place: str
    full_name: str
    username: str
    password: str


def make_pdf(slips: Sequence[Slip], *, until: datetime.date) -> bytes:
    """The PDF of slips, which stand in their order, those of one place together.

    `until`: the last day on which the passwords open anything.
    """
    data = {
        "words": {
            "title": _("Slips of first passwords"),
            "user_name": _("User name"),
            "password": _("First password (capitals, marks, spaces do not count)"),
            "address": _("Open:"),
            "change": _("You choose a password of your own at the first sign-in."),
            "expires": _("Valid until %(day)s. Show it to nobody.") % {"day": f"{until:%d/%m/%Y}"},
        },
        "schools": [
            {
                "slips": [
                    {
                        "place": slip.place,
                        "name": slip.full_name,
                        "username": slip.username,
                        "password": slip.password,
                    }
                    for slip in group
                ]
            }
            for _place, group in itertools.groupby(slips, key=lambda slip: slip.place)
        ],
    }
    return pdf.make_pdf(TEMPLATE, data)
