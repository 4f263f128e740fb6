"""Closing and publishing a month, and reopening one."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import PeriodLock
from attendance.registers.selectors.windows import lock_in_force
from attendance.registers.services.period_locks import lock_period, unlock_period
from core.events import record
from core.months import Month
from core.services.saving import save_checked
from core.types import User
from schools.models import Area

from .. import events
from ..models import Publication
from .freezing import code_of, fingerprint, frozen_content
from .selectors import latest_publication


@transaction.atomic
def publish_month(*, area: Area, month: Month, by: User | None) -> Publication:
    """Lock the registers of an area's month, freeze its figures and publish them.

    The figures are counted after the lock is written, so that no register is sent between. What
    was published before and reopened is replaced, never rewritten.

    Args:
        by: who decides it; None for a command on the server.

    Raises ValidationError: the month is not over or the area did not exist in it; it is
    published and was not reopened; registers still wait to be counted; there is nothing to
    publish.
    """
    before = latest_publication(area, month)
    if before is not None and before.lock.unlocked_at is None:
        raise ValidationError(
            _("%(publication)s is published already. Reopen it first, with a reason.")
            % {"publication": before},
            code="published",
        )
    lock = lock_in_force(area, month, level="") or lock_period(area=area, month=month, by=by)
    number = 1 if before is None else before.number + 1
    content, stale = frozen_content(area=area, month=month, number=number)
    if stale:
        raise ValidationError(
            _("%(count)d class-months are still being counted. Try again in some minutes.")
            % {"count": stale},
            code="stale",
        )
    if '"rows":[]' in content:
        raise ValidationError(
            _("Nothing was counted in %(area)s in %(month)s: there is nothing to publish.")
            % {"area": area, "month": month.label},
            code="nothing",
        )
    publication = Publication(
        area=area,
        month=month.first,
        number=number,
        replaces=before,
        lock=lock,
        content=content,
        fingerprint=fingerprint(content),
        code=code_of(content),
        published_at=timezone.now(),
        published_by=by,
    )
    save_checked(publication)
    record(
        events.MONTH_PUBLISHED,
        by=by,
        about=publication,
        area=area.pk,
        changes={"code": (before.code if before else None, publication.code)},
    )
    return publication


@transaction.atomic
def reopen_month(*, publication: Publication, by: User | None, reason: str) -> PeriodLock:
    """Open the registers of a published month again, so that it is corrected and published anew.

    Returns the lock that was taken back. The publication keeps its figures.

    Raises ValidationError: no reason, or it was reopened before.
    """
    lock = unlock_period(lock=publication.lock, by=by, reason=reason)
    record(
        events.MONTH_REOPENED,
        by=by,
        about=publication,
        area=publication.area_id,
        reason=lock.unlock_reason,
    )
    return lock
