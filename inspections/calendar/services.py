"""An address is made, changed, taken back; and how often it is read is counted."""

from __future__ import annotations

import datetime
import secrets

from django.db import transaction
from django.utils import timezone

from core import rules
from core.events import record
from core.types import User

from .. import events
from ..models import CalendarFeed
from .limits import READINGS
from .selectors import digest_of

WINDOW = datetime.timedelta(minutes=15)


@transaction.atomic
def make_address(*, user: User) -> str:
    """A new address for a person's calendar; returns its token, which is nowhere kept.

    The one before, if there was one, opens nothing any more.
    """
    token = secrets.token_urlsafe(32)
    feed, _made = CalendarFeed.objects.update_or_create(
        user=user,
        defaults={
            "digest": digest_of(token),
            "made_at": timezone.now(),
            "read_at": None,
            "asked_since": None,
            "asked": 0,
        },
    )
    record(events.CALENDAR_MADE, by=user, about=feed)
    return token


@transaction.atomic
def revoke_address(*, user: User) -> bool:
    """Take back a person's address; returns whether there was one."""
    feed = CalendarFeed.objects.select_for_update().filter(user=user).first()
    if feed is None:
        return False
    record(events.CALENDAR_REVOKED, by=user, about=feed)
    feed.delete()
    return True


@transaction.atomic
def count_reading(feed: CalendarFeed) -> bool:
    """Count that an address is read; False when it was read too often in a quarter of an hour.

    How often it may be is the dated rule `calendar.readings`. Who is refused writes nothing.
    """
    now = timezone.now()
    row = CalendarFeed.objects.select_for_update().filter(pk=feed.pk, digest=feed.digest).first()
    if row is None:
        return False
    if row.asked_since is None or row.asked_since + WINDOW <= now:
        row.asked_since, row.asked = now, 0
    if row.asked >= int(rules.value(READINGS, on=timezone.localdate())):
        return False
    row.asked += 1
    row.read_at = now
    row.save(update_fields=["asked_since", "asked", "read_at"])
    return True
