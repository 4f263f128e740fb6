"""Every change of a register: who, when, from what, to what, why."""

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.access import reach
from core.permissions import Permission as P
from core.permissions import requires
from schools.access_trail import names_shown
from schools.enums import NamesKind
from schools.selectors.classes import class_in

from ..selectors.register_calendar import calendar_steps
from ..selectors.registers import history_of, register_at


@requires(P.VIEW_REGISTER)
@never_cache
def history(request, class_id, date, session):
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


def _steps(register):
    told = [(step.revision.sent_at, step) for step in reversed(history_of(register))]
    told += [(step.at, step) for step in calendar_steps(register)]
    # Sorting keeps what was told at one moment in its order.
    return [step for _at, step in sorted(told, key=lambda each: each[0])][::-1]
