"""The key of what a phone keeps: given at each contact, withheld from who may no longer have it.

A device seals class lists and unsent registers with a key made from a secret that only the
server can work out, for this person on this device (static/js/offline/keys.js; ADR 39). It holds
the key for DAYS days after a contact, so that it works without a network; later it must ask again.

A ticket names person and device without a session, so that the server can tell a closed account
from a session that merely ended. Nothing is stored here: secret and ticket follow from the
product's own key, which may be replaced while the old one is listed as a fallback.
"""

import re
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from core.events import record

from . import events
from .models import User

SALT = "accounts.vault"
DAYS = 7
DEVICE = re.compile(r"[0-9a-f]{32}")
ACCOUNT_CLOSED, DEVICE_CLOSED = "account_closed", "device_closed"


@dataclass(frozen=True)
class Bearer:
    """Of whom and which device a ticket speaks, and how often that person had closed devices."""

    user_id: int
    device: str
    epoch: int


def secrets_for(user: User, device: str) -> list[str]:
    """Hex secrets of a person on a device, today's first; older ones follow from older keys."""
    return [
        salted_hmac(SALT, f"{user.pk}:{device}", secret=key, algorithm="sha256").hexdigest()
        for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    ]


def ticket_for(user: User, device: str) -> str:
    """What the device shows at its next contact; signed, without an end."""
    return signing.dumps([user.pk, device, user.devices_closed], salt=SALT)


def read_ticket(text: str) -> Bearer | None:
    """The `Bearer` of a ticket, or None for what is not ours."""
    try:
        return Bearer(*signing.loads(text, salt=SALT))
    except (signing.BadSignature, TypeError, ValueError):
        return None


def why_closed(bearer: Bearer) -> str:
    """ACCOUNT_CLOSED or DEVICE_CLOSED when a device must forget everything, else ""; one query."""
    found = User.objects.filter(pk=bearer.user_id).values_list("is_active", "devices_closed")
    is_active, closed = next(iter(found), (False, 0))
    if not is_active:
        return ACCOUNT_CLOSED
    return DEVICE_CLOSED if bearer.epoch < closed else ""


@transaction.atomic
def close_devices(*, user: User, by: User) -> User:
    """A device was lost: every session of the person ends, and what each device keeps is wiped at
    its next contact unless its owner signs in there first."""
    User.objects.filter(pk=user.pk).update(devices_closed=F("devices_closed") + 1)
    before = user.devices_closed
    user.refresh_from_db(fields=["devices_closed"])
    record(
        events.DEVICES_CLOSED,
        by=by,
        about=user,
        changes={"devices_closed": (before, user.devices_closed)},
    )
    return user
