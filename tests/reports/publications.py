"""Publications without the services: a row with its lock, in any month."""

import datetime

from django.utils import timezone

from attendance.models import PeriodLock
from core.months import Month
from reports.models import Publication
from reports.month_review.details import detail_of, keep_detail
from reports.month_review.freezing import (
    canonical,
    code_of,
    fingerprint,
    frozen_content,
    with_detail,
)


def make_publication(area, *, month=datetime.date(2025, 8, 1), counted=False, rows=(), alter=None):
    """A publication of an area; its month is long over, so that its lock is in nobody's way.

    `counted`: with the figures of now; else with `rows` as they are given.
    `alter`: function detail -> what is kept in its place, None for nothing.
    """
    first, end = Month.of(month).first, Month.of(month).end
    if counted:
        figures, _stale = frozen_content(area=area, month=Month.of(month), number=1)
        detail = detail_of(area, Month.of(month))
        content = with_detail(figures, detail)
    else:
        content = canonical(
            {
                "format": 1,
                "area": area.code,
                "name": area.title,
                "month": f"{month:%Y-%m}",
                "number": 1,
                "map": (end - datetime.timedelta(days=1)).isoformat(),
                "rules": {},
                "rows": list(rows),
            }
        )
    now = timezone.now()
    lock = PeriodLock.objects.create(area=area, valid_from=first, valid_to=end, locked_at=now)
    made = Publication.objects.create(
        area=area,
        month=first,
        number=1,
        lock=lock,
        content=content,
        fingerprint=fingerprint(content),
        code=code_of(content),
        published_at=now,
    )
    kept = detail if counted else None
    if alter is not None:
        kept = alter(detail)
    if kept is not None:
        keep_detail(made, kept)
    return made
