"""What is due today, one tap from the sheet."""

import datetime

from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.dates import parse_day
from core.permissions import Permission as P
from core.permissions import requires

from ..selectors.calendar import due_sessions, why_closed_for_places
from ..selectors.missing import label_of, late_entries, missing_before, open_days
from ..selectors.registers import board_of, classes_on, next_due_date
from ..selectors.reminders import asked_of

ONE_DAY = datetime.timedelta(days=1)


@requires(P.TAKE_REGISTER)
@never_cache
def today(request):
    """The classes and sessions due on a day, those without a register first."""
    places = request.scope.places(P.TAKE_REGISTER)
    now = timezone.localdate()
    date = _asked_date(request, now)
    school_id = _asked_school(request)
    classes = classes_on(places, date, school_id=school_id)
    # Who answers for a school is told of earlier days on their first page.
    is_told = places.only_classes and date == now
    tables = open_days(now) if is_told else {}
    due = due_sessions(classes, min(tables, default=date), date + ONE_DAY)
    days = board_of(classes, date, due)
    context = {
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


def _asked_date(request, now):
    try:
        return min(parse_day(request.GET.get("date", "")), now)
    except ValueError:
        return now


def _asked_school(request):
    school = request.GET.get("school", "")
    return int(school) if school.isdecimal() and len(school) < 18 else None


def _link(request, date):
    query = request.GET.copy()
    query.pop("date", None)
    if date is not None:
        query["date"] = date.isoformat()
    text = query.urlencode()
    return reverse("attendance:today") + (f"?{text}" if text else "")


def _finding(context):
    done, total = context["done"], context["total"]
    if not total:
        return _("No school on this day")
    if done == total:
        return _("All %(total)s registers are sent") % {"total": total}
    if not done:
        return _("%(total)s registers to send") % {"total": total}
    return _("%(done)s of %(total)s registers sent") % {"done": done, "total": total}
