"""Reading notifications: who was notified, when, how it went; and their end."""

import datetime
from dataclasses import dataclass

from django.db.models import Count, Max, Q
from django.utils import timezone

from .. import rules
from ..models import Delivery, DeliveryState, Notification
from .kinds import Kind

# A dated rule, in days.
NOTIFICATION_DAYS = "core.notification_days"
AT_ONCE = 1000


def notified_of(kind: Kind, key: str) -> set[int]:
    """Ids of those notified of an occurrence; one query."""
    same = Notification.objects.filter(kind=kind.code, key=key)
    return set(same.values_list("recipient_id", flat=True))


@dataclass(frozen=True)
class DeliverySummary:
    """How the deliveries of some days went."""

    sent: int
    failed: int
    last_sent_at: datetime.datetime | None


def summary_since(moment: datetime.datetime) -> DeliverySummary:
    """`DeliverySummary` of what was written at a moment and later, by every channel; one query."""
    counts = Delivery.objects.filter(notification__created_at__gte=moment).aggregate(
        sent=Count("pk", filter=Q(state=DeliveryState.SENT)),
        failed=Count("pk", filter=Q(state=DeliveryState.FAILED)),
        last_sent_at=Max("sent_at"),
    )
    return DeliverySummary(**counts)


def remove_old() -> int:
    """Delete notifications older than the rule says, with their deliveries; returns how many."""
    now = timezone.now()
    days = int(rules.value(NOTIFICATION_DAYS, on=timezone.localdate(now)))
    old = Notification.objects.filter(created_at__lt=now - datetime.timedelta(days=days))
    removed = 0
    while ids := list(old.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        Notification.objects.filter(pk__in=ids).delete()
        removed += len(ids)
    return removed
