"""Months that are closed: neither the map of units beneath them nor their rules change."""

import datetime
from collections.abc import Collection, Iterator

from django.utils.translation import gettext as _

from core.months import Month
from schools.areas.selectors.tree import AreaTree
from schools.closed_months import Settled

from ...models import PeriodLock


def closed_since(area_ids: Collection[int], on: datetime.date) -> Iterator[str]:
    """Sentences: months after a day that are closed for some units or what they lie in, on the map
    before that day, on it, or in the month itself.

    Registered with `schools.reorganisations.followers.obstacles`. One query; when months are
    closed four, and two for each beginning of one.
    """
    after = PeriodLock.objects.in_force().filter(valid_to__gt=on).select_related("area")
    locks = list(after.order_by("valid_from", "pk"))
    if not locks:
        return
    days = {on - datetime.timedelta(days=1), on, *(lock.valid_from for lock in locks)}
    trees = [AreaTree.on(day) for day in sorted(days)]
    told = set()
    for lock in locks:
        if not any(tree.below(lock.area_id) & set(area_ids) for tree in trees):
            continue
        month = Month.of(max(lock.valid_from, on))
        if (lock.area_id, month) not in told:
            told.add((lock.area_id, month))
            yield _(
                "Month %(month)s of %(area)s is closed, and the decree holds from %(day)s. Open "
                "the month again first, or check the day."
            ) % {"month": month.label, "area": lock.area.title, "day": f"{on:%d/%m/%Y}"}


def last_closed() -> Settled | None:
    """The latest month that is closed anywhere (`schools.closed_months`); one query."""
    locks = PeriodLock.objects.in_force().select_related("area")
    lock = locks.order_by("-valid_to", "pk").first()
    if lock is None or lock.valid_to is None:
        return None
    month = Month.of(lock.valid_to - datetime.timedelta(days=1))
    return Settled(
        lock.valid_to,
        _("Month %(month)s of %(area)s is closed; its figures stay judged as they were.")
        % {"month": month.label, "area": lock.area.title},
    )
