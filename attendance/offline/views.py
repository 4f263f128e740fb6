"""The page that takes registers without a network, from what the phone keeps."""

from types import SimpleNamespace

from django.shortcuts import render

from core.permissions import public

from ..enums import AbsenceReason, NotHeldReason
from ..practice.roll import practice_rows
from ..registers.selectors.sheet import SheetRow
from .texts import offline_context


@public("a frame without data; the phone fills it from its own store")
def offline(request):
    """The frame the service worker keeps: no name, no session, the same for everybody."""
    return render(
        request,
        "attendance/offline.html",
        {
            # The script writes each pupil's id over this one.
            "blank": SheetRow(SimpleNamespace(pk="__pupil__", full_name=""), ""),
            "practice_rows": practice_rows(),
            "may_write": True,
            "reasons": AbsenceReason.choices,
            "not_held_reasons": NotHeldReason.choices,
            **offline_context(),
        },
    )
