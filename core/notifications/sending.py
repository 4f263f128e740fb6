"""Sending what waits: at most once by each channel, before it expires, only what still holds."""

import datetime
import time
from collections.abc import Mapping, Sequence

from django.conf import settings
from django.db.models import F
from django.utils import timezone, translation

from ..models import Delivery, DeliveryCode, DeliveryState
from . import channels
from .channels import ChannelSession, DeliveryChannel, NotDelivered
from .kinds import Kind, Message, compose, kinds
from .preferences import refusing

# Pauses before the second and the third attempt; then the delivery has failed.
PAUSES = (datetime.timedelta(minutes=10), datetime.timedelta(hours=1))
MOST_ATTEMPTS = 1 + len(PAUSES)
AT_ONCE = 200
# Less than the soft time limit of a job.
LONGEST = 480.0  # seconds


def send_waiting() -> dict[str, int]:
    """Make the deliveries whose time has come; returns how many were sent and failed.

    A delivery is claimed before it is handed over, so that a process that dies over it leaves
    it failed rather than made twice. What failed is tried again after each of `PAUSES`.
    """
    done = {"sent": 0, "failed": 0}
    until = time.monotonic() + LONGEST
    for channel in channels.available():
        for kind in kinds():
            while time.monotonic() < until:
                deliveries = _due(channel, kind)
                if not deliveries:
                    break
                _send(channel, kind, deliveries, done, until)
    return done


def is_anything_due() -> bool:
    """Whether there is something for `send_waiting` to do; one query."""
    ways = [channel.code for channel in channels.available()]
    return (
        bool(ways)
        and Delivery.objects.filter(
            state=DeliveryState.WAITING,
            channel__in=ways,
            try_at__lte=timezone.now(),
            notification__kind__in=[kind.code for kind in kinds()],
        ).exists()
    )


def end_expired() -> int:
    """End the deliveries whose notifications have expired; returns how many.

    One that was tried has failed; one that never was is skipped.
    """
    waiting = Delivery.objects.filter(
        state=DeliveryState.WAITING, notification__expires_at__lte=timezone.now()
    )
    failed = waiting.filter(attempts__gt=0).update(state=DeliveryState.FAILED, try_at=None)
    skipped = waiting.filter(attempts=0).update(
        state=DeliveryState.SKIPPED, code=DeliveryCode.EXPIRED, try_at=None
    )
    return failed + skipped


def _due(channel: DeliveryChannel, kind: Kind) -> list[Delivery]:
    """Deliveries of a channel and kind that are due, the oldest first; one query."""
    now = timezone.now()
    return list(
        Delivery.objects.filter(
            state=DeliveryState.WAITING,
            channel=channel.code,
            try_at__lte=now,
            notification__kind=kind.code,
            notification__expires_at__gt=now,
        )
        .select_related("notification__recipient")
        .order_by("pk")[:AT_ONCE]
    )


def _send(
    channel: DeliveryChannel,
    kind: Kind,
    deliveries: Sequence[Delivery],
    done: dict[str, int],
    until: float,
) -> None:
    # Nobody chose a language when a message is written.
    with translation.override(settings.LANGUAGE_CODE):
        messages = compose(kind, [each.notification for each in deliveries])
    unwilling = refusing(kind, {each.notification.recipient_id for each in deliveries})
    with channel.session() as session:
        for delivery in deliveries:
            if time.monotonic() > until:
                return
            reason = _reason_to_skip(channel, delivery, messages, unwilling)
            if reason is not None:
                _settle(delivery, state=DeliveryState.SKIPPED, code=reason, try_at=None)
            elif _claim(delivery):
                message = messages[delivery.notification_id]
                done["sent" if _deliver(channel, session, delivery, message) else "failed"] += 1


def _reason_to_skip(
    channel: DeliveryChannel,
    delivery: Delivery,
    messages: Mapping[int, Message],
    unwilling: set[int],
) -> DeliveryCode | None:
    recipient = delivery.notification.recipient
    if not recipient.is_active:
        return DeliveryCode.ACCOUNT_CLOSED
    if recipient.pk in unwilling:
        return DeliveryCode.NOT_WANTED
    if not channel.address_of(recipient):
        return DeliveryCode.NO_ADDRESS
    if delivery.notification_id not in messages:
        return DeliveryCode.NOTHING_LEFT
    return None


def _claim(delivery: Delivery) -> bool:
    """Take a delivery for this attempt; False when another process has it.

    Until the outcome is written it counts as interrupted: what a dead process leaves is true.
    """
    return _settle(
        delivery,
        state=DeliveryState.FAILED,
        code=DeliveryCode.INTERRUPTED,
        try_at=None,
        attempts=F("attempts") + 1,
    )


def _settle(delivery: Delivery, **values: object) -> bool:
    """Write an outcome over a delivery that waits as it was read; False when it does not."""
    same = Delivery.objects.filter(
        pk=delivery.pk, state=DeliveryState.WAITING, attempts=delivery.attempts
    )
    return bool(same.update(**values))


def _deliver(
    channel: DeliveryChannel, session: ChannelSession, delivery: Delivery, message: Message
) -> bool:
    """Make a delivery that was claimed and write its outcome; whether it was sent."""
    row = Delivery.objects.filter(pk=delivery.pk)
    try:
        session.deliver(message, channel.address_of(delivery.notification.recipient))
    except NotDelivered as refusal:
        if delivery.attempts < len(PAUSES):
            later = timezone.now() + PAUSES[delivery.attempts]
            row.update(state=DeliveryState.WAITING, code=refusal.code, try_at=later)
        else:
            row.update(code=refusal.code)
        return False
    row.update(state=DeliveryState.SENT, code="", sent_at=timezone.now())
    return True
