"""Notifying people: rows in the transaction of what they are about, sent after its commit."""

import datetime
from collections.abc import Collection, Mapping

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from ..events import reference
from ..jobs import enqueue
from ..models import Channel, Delivery, Notification
from ..types import JSON
from . import channels
from .kinds import Kind
from .tasks import send_notifications

BATCH = 500


@transaction.atomic
def notify(
    kind: Kind,
    *,
    to: Collection[int],
    key: str,
    expires_at: datetime.datetime,
    about: Model | None = None,
    params: Mapping[str, JSON] | None = None,
    through: Collection[Channel] = (Channel.EMAIL,),
) -> dict[int, int]:
    """Notify people of one occurrence, each once, however often it is called.

    Args:
        to: ids of users.
        key: names the occurrence among those of its kind, for ever: a day, the id of a row.
        expires_at: the moment from which it is of no use; nothing is sent from then on.
        about: the row it is about.
        params: what the wording of the kind is filled with.
        through: the channels; one that this installation lacks is left out, and without any
            nothing is written.
    Returns {id of a user: id of the notification} of those who had not been notified before.
    """
    ways = [channel.code for channel in channels.available() if channel.code in through]
    if not ways:
        return {}
    now = timezone.now()
    same = Notification.objects.filter(kind=kind.code, key=key)
    notified = set(same.filter(recipient__in=to).values_list("recipient_id", flat=True))
    people = sorted(set(to) - notified)
    if not people:
        return {}
    Notification.objects.bulk_create(
        [
            Notification(
                kind=kind.code,
                key=key,
                recipient_id=user_id,
                about=reference(about),
                params=dict(params or {}),
                created_at=now,
                expires_at=expires_at,
            )
            for user_id in people
        ],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    # Those another transaction has just written are its own.
    made = dict(same.filter(created_at=now, recipient__in=people).values_list("recipient_id", "pk"))
    Delivery.objects.bulk_create(
        [
            Delivery(notification_id=pk, channel=code, try_at=now)
            for pk in made.values()
            for code in ways
        ],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    enqueue(send_notifications, slow=True)
    return made
