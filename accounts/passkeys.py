"""Passkeys and security keys (WebAuthn, by django-otp-webauthn and py_webauthn).

What the browser is to do travels in the page, what it answers in a hidden field of an ordinary
form: no script or address of others, no request beside the form's.
"""

import ipaddress
import json
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django_otp_webauthn.exceptions import OTPWebAuthnApiError
from django_otp_webauthn.helpers import WebAuthnHelper
from django_otp_webauthn.models import WebAuthnCredential
from django_otp_webauthn.utils import rewrite_exceptions

from core.events import record
from core.types import ScopedRequest

from . import events
from .models import User
from .second_factor import PASSKEY

# What the library raises, and what reading hostile structures does.
_REFUSED = (OTPWebAuthnApiError, AttributeError, LookupError, TypeError, ValueError)
_REGISTER, _AUTHENTICATE = "passkey_register", "passkey_authenticate"


class Helper(WebAuthnHelper):
    """The library's helper; the origin is the host asked for, which ALLOWED_HOSTS bounds."""

    def get_allowed_origins(self) -> list[str]:
        return [f"{self.request.scheme}://{self.request.get_host()}"]


def relying_party(request: HttpRequest) -> str:
    """OTP_WEBAUTHN_RP_ID_CALLABLE: the host without its port."""
    return request.get_host().rsplit(":", 1)[0]


def are_possible(request: HttpRequest) -> bool:
    """Whether a browser takes passkeys of this site: over HTTPS or on localhost, by name."""
    host = relying_party(request)
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return request.is_secure() or host == "localhost"
    return False


def ask_to_register(request: ScopedRequest) -> str:
    """What the browser needs to make a passkey, as JSON; what is expected lies in the session."""
    options, request.session[_REGISTER] = Helper(request).register_begin(user=request.user)
    return json.dumps(options)


def register(request: ScopedRequest, text: str, *, name: str) -> WebAuthnCredential | None:
    """Keep the passkey that the browser made; returns it, or None when it is not in order."""
    state = request.session.pop(_REGISTER, None)
    answer = _answer(text)
    if state is None or answer is None:
        return None
    try:
        with transaction.atomic(), rewrite_exceptions():
            device = Helper(request).register_complete(user=request.user, state=state, data=answer)
            device.name = name
            device.save(update_fields=["name"])
            changes = {PASSKEY: ("", name)}
            record(events.FACTOR_ADDED, by=request.user, about=request.user, changes=changes)
    except _REFUSED:
        return None
    return device


def ask_to_authenticate(request: HttpRequest, user: User) -> str:
    """What the browser needs to use a passkey of this person, as JSON; "" when there is none."""
    if not are_possible(request) or not WebAuthnCredential.objects.filter(user=user).exists():
        return ""
    options, request.session[_AUTHENTICATE] = Helper(request).authenticate_begin(
        user=user, require_user_verification=False
    )
    return json.dumps(options)


def authenticate(request: HttpRequest, user: User, text: str) -> WebAuthnCredential | None:
    """The passkey of this person that the browser used, or None."""
    state = request.session.pop(_AUTHENTICATE, None)
    answer = _answer(text)
    if state is None or answer is None:
        return None
    try:
        with rewrite_exceptions():
            device = Helper(request).authenticate_complete(user=user, state=state, data=answer)
    except _REFUSED:
        return None
    return device if device.user_id == user.pk and device.confirmed else None


def _answer(text: str) -> dict[str, Any] | None:
    try:
        answer = json.loads(text)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None
