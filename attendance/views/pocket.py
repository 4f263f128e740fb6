"""The page that takes registers without a network, from what the phone keeps."""

from types import SimpleNamespace

from django.shortcuts import render

from core.permissions import public

from ..enums import AbsenceReason, NotHeldReason
from ..pocket_texts import pocket_context
from ..selectors.registers import SheetRow


@public("a frame without data; the phone fills it from its own store")
def pocket(request):
    """The frame the service worker keeps: no name, no session, the same for everybody."""
    return render(
        request,
        "attendance/pocket.html",
        {
            # The script writes each pupil's id over this one.
            "blank": SheetRow(SimpleNamespace(pk="__pupil__", full_name=""), ""),
            "may_write": True,
            "reasons": AbsenceReason.choices,
            "not_held_reasons": NotHeldReason.choices,
            **pocket_context(),
        },
    )
