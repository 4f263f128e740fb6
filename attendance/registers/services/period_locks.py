"""Locking the registers of a month, and unlocking them with a reason."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import record
from core.levels import EducationLevel
from core.months import Month
from core.services.saving import locked_row, save_checked
from core.types import User
from schools.models import Area

from ... import events
from ...models import PeriodLock


@transaction.atomic
def lock_period(
    *, area: Area, month: Month, by: User | None, level: EducationLevel | str = ""
) -> PeriodLock:
    """Lock the registers of an area's month for everybody; returns the `PeriodLock`.

    Args:
        by: who decides it; None for a command on the server.
        level: only the classes of this education level; "" means all.

    A register that is being sent at this moment may still be written: whoever counts a locked
    month counts it after the lock, not before.

    Raises ValidationError: the month is not over, the area did not exist in it, or it is locked
    already.
    """
    if month.end > timezone.localdate():
        raise ValidationError(
            _("%(month)s is not over yet. Only a month that has ended can be locked.")
            % {"month": month.label},
            code="not_over",
        )
    if not area.meets(month.first, month.end):
        raise ValidationError(
            _("%(area)s did not exist in %(month)s. Choose the area of that time.")
            % {"area": area, "month": month.label},
            code="not_there",
        )
    lock = PeriodLock(
        area=area,
        level=level,
        valid_from=month.first,
        valid_to=month.end,
        locked_by=by,
        locked_at=timezone.now(),
    )
    save_checked(lock)
    record(
        events.PERIOD_LOCKED,
        by=by,
        about=lock,
        area=area.pk,
        changes={"valid_from": (None, lock.valid_from), "valid_to": (None, lock.valid_to)},
    )
    return lock


@transaction.atomic
def unlock_period(*, lock: PeriodLock, by: User | None, reason: str) -> PeriodLock:
    """Take a lock back; its registers then follow their windows and reopenings again.

    Raises ValidationError: no reason, or it was taken back before.
    """
    if not reason.strip():
        raise ValidationError({"unlock_reason": _("Say why the month is unlocked.")})
    lock = locked_row(lock)
    if lock.unlocked_at is not None:
        raise ValidationError(_("This month was unlocked already."), code="unlocked")
    lock.unlocked_by, lock.unlocked_at = by, timezone.now()
    lock.unlock_reason = reason.strip()
    save_checked(lock)
    record(
        events.PERIOD_UNLOCKED,
        by=by,
        about=lock,
        area=lock.area_id,
        changes={"unlocked_at": (None, lock.unlocked_at)},
        reason=lock.unlock_reason,
    )
    return lock
