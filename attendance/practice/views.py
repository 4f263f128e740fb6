"""The sheet of the practice class."""

from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest

from ..enums import AbsenceReason
from .roll import practice_receipt, practice_rows


@requires(P.TAKE_REGISTER)
@never_cache
def practice(request: ScopedRequest) -> HttpResponse:
    """Show the practice sheet; with `sent`, as if it had been sent.

    Its form asks by GET: there is nothing that it could write.
    """
    if request.method == "POST":
        return HttpResponseNotAllowed(["GET"])
    now = timezone.localtime()
    is_sent = "sent" in request.GET
    return render(
        request,
        "attendance/practice.html",
        {
            "rows": practice_rows(request.GET),
            "may_write": True,
            "reasons": AbsenceReason.choices,
            "sent_at": now if is_sent else None,
            "receipt": practice_receipt(now),
        },
    )
