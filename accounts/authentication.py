"""How a call of the API says who calls: an access key, or a browser's session."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from core import log_context

from . import sessions
from .tokens import find_token

SCHEME = "Bearer"


class BearerAuthentication(authentication.BaseAuthentication):
    """Authorization: Bearer <access key>."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        scheme, _space, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        token = find_token(secret.strip())
        if token is None:
            raise exceptions.AuthenticationFailed(
                _("The access key is unknown, expired or revoked."), "invalid_token"
            )
        log_context.note_user(token.user)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return SCHEME


class SessionAuthentication(authentication.SessionAuthentication):
    """A browser that is signed in; unsafe methods need the CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        found = super().authenticate(request)
        if found and found[0].must_change_password:
            raise exceptions.AuthenticationFailed(
                _("Change the first password before anything else."), "must_change_password"
            )
        if found and sessions.is_due(request):
            raise exceptions.AuthenticationFailed(
                _("Set up the second step of the sign-in before anything else."),
                "second_factor_due",
            )
        if found:
            log_context.note_user(found[0])
        return found
