"""Public holidays of a school year: proposed, looked through by a person, closed in one act."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.form_pages import render_form
from core.formatting import number
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest

from ..forms import HolidayForm, WhereForm
from ..public_holidays import holiday_proposals
from ..selectors.closures import days_closed, places_to_close
from ..services.closures import HolidaysRefused, close_holidays
from .years import asked_year, choices_of_all_years


@requires(P.MANAGE_CALENDAR)
def holidays(request: ScopedRequest) -> HttpResponse:
    """The holidays of a year with a tick before each; what is closed already needs none."""
    scope = request.scope
    year = asked_year(request)
    found = holiday_proposals(year.valid_from, year.valid_to) if year else []
    closed = days_closed(scope, year.valid_from, year.valid_to) if year else set()
    data = request.POST if request.method == "POST" else None
    offered = places_to_close(scope, P.MANAGE_CALENDAR)
    if not offered:
        raise PermissionDenied
    where = WhereForm(data, places=offered, initial={"place": offered[0].key})
    waiting = [each for each in found if not closed.issuperset(each.days)]
    rows = [HolidayForm(data, proposal=each) for each in waiting]
    chosen = [row for row in rows if row.is_chosen]
    if data is not None and not any(each.errors for each in (where, *chosen)):
        if not chosen:
            where.add_error(None, _("Tick at least one holiday."))
        elif _close(where, chosen, request):
            return redirect(f"{reverse('attendance:closures')}?year={year.code}")
    return render_form(
        request,
        "attendance/holidays.html",
        {
            "year": year,
            "years": choices_of_all_years(request, year),
            "form": where,
            "errors": _errors(chosen),
            "rows": rows,
            "closed": [each for each in found if closed.issuperset(each.days)],
            "crumbs": [
                {"label": _("Closures"), "url": reverse("attendance:closures")},
                {"label": _("Public holidays")},
            ],
        },
        refused=any(row.errors for row in chosen),
    )


def _errors(rows: list[HolidayForm]) -> list[dict[str, str]]:
    """What the rows lack, for the summary above them."""
    return [
        {"message": f"{row.proposal.name}: {message}", "target": row[name].auto_id}
        for row in rows
        for name, messages_of_field in row.errors.items()
        for message in messages_of_field
    ]


def _close(where: WhereForm, chosen: list[HolidayForm], request: ScopedRequest) -> bool:
    """Whether the chosen rows are closed; what is refused is said at its row."""
    try:
        made = close_holidays(
            place=where.cleaned_data["place"],
            holidays=[
                (row.proposal.name, row.cleaned_data["first_day"], row.cleaned_data["last_day"])
                for row in chosen
            ],
            by=request.user,
        )
    except HolidaysRefused as refusal:
        for at, message in refusal.messages.items():
            chosen[at].add_error("first_day", message)
        return False
    messages.success(
        request,
        ngettext(
            "%(count)s holiday is closed. The figures are being recounted.",
            "%(count)s holidays are closed. The figures are being recounted.",
            len(made),
        )
        % {"count": number(len(made))},
    )
    return True
