"""Planned leave of the demo school: away now, soon, before, and one that was taken back."""

import datetime

from attendance.models import Absence, PlannedLeave
from schools.pupils.selectors.rolls import roll_on

ONE_DAY = datetime.timedelta(days=1)
# Place on the class list, first and last day counted from today, reason, who told, note.
PLANS = [
    (1, 0, 3, "sick", "mẹ", "Đang điều trị ở trạm y tế xã"),
    (4, 0, 0, "family", "anh trai", ""),
    (7, 5, 7, "family", "gia đình", "Về quê ngoại dự đám cưới"),
    (9, 1, 2, "weather", "trưởng bản", ""),
]
WITHDRAWN = 9


def write_leaves(classes, by, today, now):
    """Leaves of the classes that run today, told last evening; `by` recorded them."""
    told = now - ONE_DAY
    leaves = []
    for school_class in classes:
        roll = roll_on(school_class, today)
        for place, first, last, reason, teller, note in PLANS:
            end = min(today + (last + 1) * ONE_DAY, school_class.year.valid_to)
            start = today + first * ONE_DAY
            if place >= len(roll) or start >= end:
                continue
            leaves.append(
                PlannedLeave(
                    school_id=school_class.school_id,
                    pupil=roll[place].pupil,
                    valid_from=start,
                    valid_to=end,
                    reason=reason,
                    announced_by=teller,
                    note=note,
                    recorded_by=by,
                    recorded_at=told,
                    **_withdrawn(by, now) if place == WITHDRAWN else {},
                )
            )
        leaves += _told_before(school_class, by, today)
    PlannedLeave.objects.bulk_create(leaves)


def _withdrawn(by, now):
    return {"withdrawn_by": by, "withdrawn_at": now, "withdrawn_because": "Ghi nhầm em khác"}


def _told_before(school_class, by, today):
    """A leave for the latest excused absence, so that book and leave tell one story."""
    absence = (
        Absence.objects.filter(
            register__school_class=school_class, register__date__lt=today, mark="P"
        )
        .exclude(reason="")
        .select_related("register")
        .order_by("-register__date", "pk")
        .first()
    )
    if absence is None:
        return []
    register = absence.register
    return [
        PlannedLeave(
            school_id=school_class.school_id,
            pupil_id=absence.pupil_id,
            valid_from=register.date,
            valid_to=register.date + ONE_DAY,
            reason=absence.reason,
            announced_by="gia đình",
            recorded_by=by,
            recorded_at=register.first_sent_at,
        )
    ]
