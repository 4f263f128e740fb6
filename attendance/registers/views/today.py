"""What is due today, one tap from the sheet."""

import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.dates import parse_day
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest

from ...calendar.selectors.due_sessions import due_sessions, why_closed_for_places
from ...reminders.selectors import asked_of
from ..selectors.days import board_of, classes_on, next_due_date
from ..selectors.missing import label_of, late_entries, missing_before, open_days

ONE_DAY = datetime.timedelta(days=1)


@requires(P.TAKE_REGISTER)
@never_cache
def today(request: ScopedRequest) -> HttpResponse:
    """The classes and sessions due on a day, those without a register first."""
    places = request.scope.places(P.TAKE_REGISTER)
    now = timezone.localdate()
    date = _asked_date(request, now)
    school_id = _asked_school(request)
    classes = classes_on(places, date, school_id=school_id)
    # Who answers for a school sees the earlier days on their first page.
    shows_earlier = places.only_classes and date == now
    tables = open_days(now) if shows_earlier else {}
    due = due_sessions(classes, min(tables, default=date), date + ONE_DAY)
    days = board_of(classes, date, due)
    context: dict[str, Any] = {
        "days": days,
        "date": date,
        "is_today": date == now,
        "done": sum(day.done for day in days),
        "total": sum(day.total for day in days),
        "before": _link(request, date - ONE_DAY),
        "after": _link(request, date + ONE_DAY) if date < now else "",
        "back_to_today": _link(request, None),
    }
    if date == now:
        late = late_entries(days, date, timezone.now(), tables.get(now))
        context["late"] = [label_of(entry.school_class, entry.session) for entry in late]
        context["asked"] = asked_of(request.user, today=now)
        context["earlier"] = missing_before(classes, tables, now, due)
    if not context["total"]:
        next_day = next_due_date(places, date, school_id=school_id)
        context["next_day"] = next_day if next_day and next_day > now else None
    if not days or any(not entry.is_due for day in days for entry in day.entries):
        context["closed_because"] = why_closed_for_places(places, date, school_id=school_id)
    context["finding"] = _finding(context)
    return render(request, "attendance/today.html", context)


def _asked_date(request: ScopedRequest, now: datetime.date) -> datetime.date:
    try:
        return min(parse_day(request.GET.get("date", "")), now)
    except ValueError:
        return now


def _asked_school(request: ScopedRequest) -> int | None:
    school = request.GET.get("school", "")
    return int(school) if school.isdecimal() and len(school) < 18 else None


def _link(request: ScopedRequest, date: datetime.date | None) -> str:
    query = request.GET.copy()
    query.pop("date", None)
    if date is not None:
        query["date"] = date.isoformat()
    text = query.urlencode()
    return reverse("attendance:today") + (f"?{text}" if text else "")


def _finding(context: dict[str, Any]) -> str:
    done, total = context["done"], context["total"]
    if not total:
        return _("No school on this day")
    if done == total:
        return _("All %(total)s registers are sent") % {"total": total}
    if not done:
        return _("%(total)s registers to send") % {"total": total}
    return _("%(done)s of %(total)s registers sent") % {"done": done, "total": total}
