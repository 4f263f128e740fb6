"""There and back: the way to the identity provider, and who comes back from it."""

import logging
import time
from typing import Any, cast

import jwt
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from requests.exceptions import RequestException

from .. import guessing
from ..models import User
from .provider import AskProvider, ProviderBackend

logger = logging.getLogger(__name__)

# Where somebody was going, and what they had typed (accounts.drafts), until they are back.
KEY = "single_sign_on"
STATES = "oidc_states"  # the library's
# Seconds that somebody may take at the provider.
LIFE = 3600
# All that a provider which is silent, broken or false can lead to.
FAULTS = (RequestException, SuspiciousOperation, jwt.PyJWTError, ValueError, KeyError, TypeError)


class NotAnswered(Exception):
    """The provider gave no answer, or none that can be believed."""


class Unknown(Exception):
    """No one account in use has the confirmed address."""


def way_there(request: HttpRequest, *, leads_to: str, draft: str) -> str:
    """Address of the provider's sign-in; notes where to go on, and a sealed draft.

    Raises NotAnswered.
    """
    try:
        address = AskProvider().get(request).url
    except FAULTS as fault:
        raise _not_answered(fault) from fault
    request.session[KEY] = {"leads_to": leads_to, "draft": draft}
    return cast("str", address)


def who_is_back(request: HttpRequest) -> tuple[User, dict[str, str]]:
    """(whose account it is, where they were going), for a return from the provider.

    Each state opens once. Raises NotAnswered, Unknown and guessing.Locked; an attempt that brings
    nobody in counts against its address, for each asks the provider three times.
    """
    states: dict[str, Any] = request.session.get(STATES, {})
    asked = states.pop(request.GET.get("state", ""), None)
    # Written at once: the provider takes its time, and the code may be sent twice meanwhile.
    request.session[STATES] = states
    request.session.save()
    if asked is None or "code" not in request.GET or time.time() - asked["added_on"] > LIFE:
        raise NotAnswered
    attempt = guessing.of_provider(request, request.GET["state"])
    try:
        user = ProviderBackend().authenticate(
            request, nonce=asked["nonce"], code_verifier=asked["code_verifier"]
        )
    except FAULTS as fault:
        raise _not_answered(fault) from fault
    if user is None:
        raise Unknown
    attempt.was_right()
    return user, request.session.pop(KEY, {"leads_to": "", "draft": ""})


def _not_answered(fault: Exception) -> NotAnswered:
    # Its kind alone: the words may hold a code or a token.
    logger.warning("single sign-on failed: %s", type(fault).__name__)
    return NotAnswered()
