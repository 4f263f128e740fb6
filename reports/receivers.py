"""Who listens: news from below marks class-months stale and asks for their rebuild.

The mark is written in the transaction that made the news; the rebuild is asked for after the
commit and may get lost, the mark is found by the sweep.
"""

import datetime
from collections.abc import Iterable

from django.utils import timezone

from attendance.signals import calendar_changed, register_saved
from core import jobs
from core.months import Month
from schools.models import SchoolClass
from schools.signals import enrolments_changed, placements_changed

from .services.facts import mark_stale
from .tasks import rebuild_school_month, sweep_stale_months

ONE_DAY = datetime.timedelta(days=1)
# More school-months than these are left to one sweep instead of a job for each.
JOBS_AT_ONCE = 6


def connect() -> None:
    """Connect the receivers of this app; called once when it is loaded."""
    register_saved.connect(on_register_saved, dispatch_uid="reports.on_register_saved")
    calendar_changed.connect(on_calendar_changed, dispatch_uid="reports.on_calendar_changed")
    enrolments_changed.connect(on_enrolments_changed, dispatch_uid="reports.on_enrolments_changed")
    placements_changed.connect(on_placements_changed, dispatch_uid="reports.on_placements_changed")


def on_register_saved(
    sender: object,
    *,
    school_class_ids: Iterable[int],
    date: datetime.date,
    classes: Iterable[SchoolClass] | None = None,
    **kwargs: object,
) -> None:
    """A register belongs to one month. `classes`: the same, when the sender has them with year."""
    _mark(school_class_ids if classes is None else classes, [Month.of(date)])


def on_calendar_changed(
    sender: object,
    *,
    school_class_ids: Iterable[int],
    start: datetime.date,
    end: datetime.date | None,
    **kwargs: object,
) -> None:
    """Sessions due change from `start` until the day before `end`."""
    _mark(school_class_ids, _months(start, end and end - ONE_DAY))


def on_enrolments_changed(
    sender: object,
    *,
    school_class_ids: Iterable[int],
    start: datetime.date,
    end: datetime.date | None,
    **kwargs: object,
) -> None:
    """A roll changes from `start` until `end`, the day of leaving included."""
    _mark(school_class_ids, _months(start, end))


def on_placements_changed(
    sender: object, *, school_ids: Iterable[int], start: datetime.date, **kwargs: object
) -> None:
    """Schools lie in another commune from `start` on; all their classes move with them."""
    class_ids = SchoolClass.objects.filter(
        school_id__in=list(school_ids), year__valid_to__gt=start
    ).values_list("pk", flat=True)
    _mark(class_ids, _months(start, None))


def _months(start: datetime.date, end: datetime.date | None) -> list[Month]:
    """Months from a day to another, or to the current one when open; none lies ahead."""
    today = timezone.localdate()
    last = today if end is None else min(end, today)
    return Month.of(last).since(Month.of(start)) if start <= last else []


def _mark(classes: Iterable[int] | Iterable[SchoolClass], months: list[Month]) -> None:
    concerned = mark_stale(classes, months)
    if len(concerned) > JOBS_AT_ONCE:
        jobs.enqueue(sweep_stale_months, slow=True)
        return
    for school_id, month in sorted(concerned):
        jobs.enqueue(rebuild_school_month, school_id=school_id, month=str(month))
