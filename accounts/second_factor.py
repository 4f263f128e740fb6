"""The second step of the sign-in: of whom it is demanded, what people have, and its codes.

The demand is a dated rule (`DEMAND`): 0 or 1, from a day on. It concerns the roles of
`accounts.roles.DEMANDED` and superusers; everybody may set one up. Codes of a phone are TOTP
(RFC 6238, by django-otp, each taken once), passkeys WebAuthn (`accounts.passkeys`), recovery codes
ours: fifty random bits, of which only a keyed hash is kept in django-otp's table.
"""

import datetime
import hashlib
import hmac
import secrets
from base64 import b32encode
from dataclasses import dataclass

import segno
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy
from django_otp import verify_token
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.util import random_hex
from django_otp_webauthn.models import WebAuthnCredential

from core import rules
from core.contention import Overtaken
from core.events import record
from core.models import Event
from core.notifications.writing import notify
from core.rule_units import SWITCH
from core.services.saving import one_at_a_time
from core.types import JSON

from . import events
from .models import RoleGrant, User
from .notifications import FACTORS_RESET
from .roles import DEMANDED

DEMAND = "accounts.second_factor"
IDLE, LONGEST = "accounts.idle_minutes", "accounts.session_hours"
PHONE, PASSKEY = "phone", "passkey"
HOW_MANY_CODES = 10
# Later an e-mail about a reset is no news; the next sign-in tells it in any case.
NEWS_FOR = datetime.timedelta(days=7)
# Without letters and digits that are taken for each other on paper.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_CODE_LETTERS = 10


def declare_rules() -> None:
    """The dated rules of the second factor; called when the app is loaded."""
    rules.declare(
        DEMAND,
        meaning=gettext_lazy(
            "Second step of the sign-in demanded of administrators, province and district officers"
        ),
        unit=SWITCH,
        first_value=0,
    )
    rules.declare(
        IDLE,
        meaning=gettext_lazy("Those of whom it is demanded are signed out when idle for"),
        unit=gettext_lazy("minutes"),
        first_value=60,
        most=1440,
    )
    rules.declare(
        LONGEST,
        meaning=gettext_lazy("Those of whom it is demanded are signed out after"),
        unit=gettext_lazy("hours"),
        first_value=12,
        most=168,
    )


@dataclass(frozen=True)
class Demand:
    """A second factor is demanded; `idle` and `longest` bound the session, in seconds."""

    idle: int
    longest: int


def demand_on(user: User, day: datetime.date) -> Demand | None:
    """The `Demand` on a person on a day, or None; one query, two for officers."""
    concerned = (
        user.is_superuser or RoleGrant.objects.on(day).filter(user=user, role__in=DEMANDED).exists()
    )
    if not concerned:
        return None
    table = rules.table(on=day)
    try:
        if not table[DEMAND, ""]:
            return None
    except rules.RuleMissing:
        return None
    return Demand(idle=int(table[IDLE, ""] * 60), longest=int(table[LONGEST, ""] * 3600))


@dataclass(frozen=True)
class Factor:
    """What somebody has: `kind` PHONE or PASSKEY."""

    kind: str
    pk: int
    name: str
    added_at: datetime.datetime
    last_used_at: datetime.datetime | None


def factors_of(user: User) -> list[Factor]:
    """What a person can take the second step with, recovery codes apart; two queries."""
    found = [(PHONE, each) for each in TOTPDevice.objects.filter(user=user, confirmed=True)]
    found += [(PASSKEY, each) for each in WebAuthnCredential.objects.filter(user=user)]
    return [
        Factor(kind, each.pk, each.name, each.created_at, each.last_used_at) for kind, each in found
    ]


def has_factor(user: User) -> bool:
    """Whether the second step is asked of a person at the sign-in; at most two queries."""
    return (
        TOTPDevice.objects.filter(user=user, confirmed=True).exists()
        or WebAuthnCredential.objects.filter(user=user, confirmed=True).exists()
    )


# --- A phone ------------------------------------------------------------------


def new_secret() -> str:
    """A secret for a phone, 160 bits as hex."""
    return random_hex(20)


def secret_words(secret: str) -> str:
    """A secret as it is typed into a phone, in groups of four."""
    text = b32encode(bytes.fromhex(secret)).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def qr_code(user: User, secret: str) -> SafeString:
    """What a phone reads off the screen, as SVG without styles (the page's policy forbids them)."""
    address = TOTPDevice(user=user, key=secret).config_url
    return mark_safe(
        segno.make(address, error="m").svg_inline(scale=5, border=4, dark="#000", light="#fff")
    )


@transaction.atomic
def add_phone(*, user: User, secret: str, code: str, name: str) -> TOTPDevice | None:
    """Keep a phone whose first code was right; returns it, or None when it is not.

    Raises `core.contention.Overtaken` when the same sending was taken already.
    """
    one_at_a_time(user)
    if TOTPDevice.objects.filter(user=user, key=secret).exists():
        raise Overtaken("this phone is kept already")
    # Saved first: its code is then taken once like any other.
    device = TOTPDevice.objects.create(user=user, key=secret, name=name, confirmed=True)
    if not device.verify_token(code):
        transaction.set_rollback(True)
        return None
    record(events.FACTOR_ADDED, by=user, about=user, changes={PHONE: ("", name)})
    return device


# --- Codes -----------------------------------------------------------------------


def check_code(user: User, text: str) -> Device | None:
    """The device whose code this is, or None: six digits of a phone, or a recovery code.

    Either is taken once.
    """
    text = "".join(text.split()).replace("-", "").lower()
    if text.isascii() and text.isdigit() and len(text) == 6:
        phones = TOTPDevice.objects.filter(user=user, confirmed=True)
        return next((d for d in (_taken(user, each, text) for each in phones) if d), None)
    return _use_recovery_code(user, text)


def _taken(user: User, device: Device, text: str) -> Device | None:
    return verify_token(user, device.persistent_id, text)


@transaction.atomic
def _use_recovery_code(user: User, text: str) -> StaticDevice | None:
    device = StaticDevice.objects.filter(user=user).first()
    if device is None or len(text) != _CODE_LETTERS:
        return None
    used, _by_model = StaticToken.objects.filter(device=device, token=_digest(text)).delete()
    if not used:
        return None
    left = device.token_set.count()
    device.set_last_used_timestamp(commit=True)
    record(events.RECOVERY_USED, by=user, about=user, changes={"left": (left + used, left)})
    return device


def codes_left(user: User) -> int:
    """How many recovery codes a person has not used yet."""
    return StaticToken.objects.filter(device__user=user).count()


@transaction.atomic
def make_recovery_codes(*, user: User) -> list[str]:
    """New codes in the place of all former ones, to be shown once; a list of "abcde-fghij"."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="recovery")
    codes = [
        "".join(secrets.choice(_LETTERS) for _each in range(_CODE_LETTERS))
        for _number in range(HOW_MANY_CODES)
    ]
    StaticToken.objects.bulk_create(
        StaticToken(device=device, token=_digest(code)) for code in codes
    )
    record(events.RECOVERY_MADE, by=user, about=user)
    half = _CODE_LETTERS // 2
    return [f"{code[:half]}-{code[half:]}" for code in codes]


def _digest(code: str) -> str:
    """64 bits of a keyed hash; the column holds 16 characters."""
    key = hashlib.sha256(b"accounts.recovery" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, code.encode(), hashlib.sha256).hexdigest()[:16]


# --- Taking away -----------------------------------------------------------------


@transaction.atomic
def remove(*, user: User, kind: str, factor_id: int) -> bool:
    """Take one of the user's own factors away; with the last one go the recovery codes.

    Returns False when there is no such factor.
    """
    one_at_a_time(user)
    model = {PHONE: TOTPDevice, PASSKEY: WebAuthnCredential}[kind]
    factor = model.objects.filter(user=user, pk=factor_id).first()
    if factor is None:
        return False
    factor.delete()
    if not has_factor(user):
        StaticDevice.objects.filter(user=user).delete()
    record(events.FACTOR_REMOVED, by=user, about=user, changes={kind: (factor.name, "")})
    return True


@transaction.atomic
def reset(*, user: User, by: User | None, reason: str = "") -> int:
    """Take all of a person's factors away, who has lost them; the person is told.

    `by` is None on the command line. Returns how many there were.
    """
    count = 0
    for model in (TOTPDevice, WebAuthnCredential, StaticDevice):
        found = model.objects.filter(user=user)
        count += 0 if model is StaticDevice else found.count()
        found.delete()
    event = record(
        events.FACTORS_RESET, by=by, about=user, changes={"factors": (count, 0)}, reason=reason
    )
    notify(
        FACTORS_RESET,
        to=[user.pk],
        key=str(event.pk),
        about=event,
        params=_params_of_reset(event.at),
        expires_at=event.at + NEWS_FOR,
    )
    return count


def reset_words(moment: datetime.datetime) -> str:
    """What a person is told whose factors an administrator took away."""
    return str(FACTORS_RESET.body) % _params_of_reset(moment)


def _params_of_reset(moment: datetime.datetime) -> dict[str, JSON]:
    return {"time": timezone.localtime(moment).strftime("%H:%M %d/%m/%Y")}


def reset_since(user: User, moment: datetime.datetime | None) -> datetime.datetime | None:
    """When an administrator last took a person's factors away after `moment`, or None."""
    found = Event.objects.filter(
        kind=events.FACTORS_RESET.code, object_type=user._meta.label_lower, object_id=str(user.pk)
    )
    if moment is not None:
        found = found.filter(at__gt=moment)
    return found.order_by("-at").values_list("at", flat=True).first()
