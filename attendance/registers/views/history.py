"""Every change of a register: who, when, from what, to what, why."""

import datetime

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.access import reach
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest
from schools.access_trail import names_shown
from schools.directory.selectors.classes import class_in
from schools.enums import NamesKind, Session

from ...models import Register
from ..selectors.history import CalendarStep, Step, calendar_steps, history_of
from ..selectors.registers import register_at


@requires(P.VIEW_REGISTER)
@never_cache
def history(
    request: ScopedRequest, class_id: int, date: datetime.date, session: Session
) -> HttpResponse:
    """The revisions of one register and what the calendar did to it, newest first."""
    found = reach(request.scope, P.VIEW_REGISTER, lambda places: class_in(places, class_id))
    register = register_at(found, date, session)
    if register is None:
        raise Http404
    steps = _steps(register)
    named = {name for step in steps for name in getattr(step, "names", ())}
    names_shown(request, NamesKind.HISTORY, school_class=found, count=len(named))
    crumbs = [
        {
            "label": f"{found.name} · {session.label} {date:%d/%m/%Y}",
            "url": reverse("attendance:sheet", args=[found.pk, date, session]),
        },
        {"label": _("History")},
    ]
    return render(
        request,
        "attendance/history.html",
        {
            "school_class": found,
            "register": register,
            "steps": steps,
            "crumbs": crumbs,
        },
    )


def _steps(register: Register) -> list[Step | CalendarStep]:
    dated: list[tuple[datetime.datetime, Step | CalendarStep]] = [
        *((step.revision.sent_at, step) for step in reversed(history_of(register))),
        *((step.at, step) for step in calendar_steps(register)),
    ]
    # Sorting leaves what happened at one moment in its order.
    return [step for _at, step in sorted(dated, key=lambda each: each[0])][::-1]
