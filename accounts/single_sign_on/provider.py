"""The identity provider: what it says of itself, and what is believed of its tokens.

The code flow, state, nonce, PKCE and signatures are mozilla-django-oidc's. It leaves to its users
for whom a token was made and by whom (`aud`, `iss`), that both answers speak of one person
(`sub`), and that the address is confirmed; these are looked at here.
"""

import time
from typing import Any, cast

import requests
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db.models import QuerySet
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.utils import import_from_settings
from mozilla_django_oidc.views import OIDCAuthenticationRequestView

from ..models import User

TIMEOUT = 5  # seconds for one answer of the provider
KEPT_FOR = 3600  # seconds for which what it says of itself is not asked again
NEEDED = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
CALLBACK = "accounts:single_sign_on_back"

_kept: dict[str, tuple[float, dict[str, str]]] = {}


def is_configured() -> bool:
    """Whether this installation has an identity provider."""
    return bool(settings.OIDC_ISSUER)


def description() -> dict[str, str]:
    """What the provider says of itself (OpenID Connect Discovery), at most an hour old.

    Raises RequestException or ValueError when it does not answer, or is another one.
    """
    issuer = settings.OIDC_ISSUER
    until, found = _kept.get(issuer, (0.0, {}))
    if until > time.monotonic():
        return found
    answer = requests.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", timeout=TIMEOUT)
    answer.raise_for_status()
    found = answer.json()
    if found.get("issuer") != issuer:
        raise ValueError("the provider names itself otherwise than OIDC_ISSUER")
    # A password or a token never travels openly where the issuer itself does not.
    scheme = issuer.partition("://")[0]
    if not all(str(found.get(name, "")).startswith(f"{scheme}://") for name in NEEDED):
        raise ValueError("the provider names no address, or one that is not safe")
    _kept[issuer] = (time.monotonic() + KEPT_FOR, found)
    return found


def setting(name: str, *default: Any) -> Any:
    """A setting of the library, from ours and from what the provider says of itself."""
    endpoints = {
        "OIDC_OP_AUTHORIZATION_ENDPOINT": "authorization_endpoint",
        "OIDC_OP_TOKEN_ENDPOINT": "token_endpoint",
        "OIDC_OP_USER_ENDPOINT": "userinfo_endpoint",
        "OIDC_OP_JWKS_ENDPOINT": "jwks_uri",
    }
    if name in endpoints:
        return description()[endpoints[name]]
    ours = {
        "OIDC_RP_CLIENT_ID": settings.OIDC_CLIENT_ID,
        "OIDC_RP_CLIENT_SECRET": settings.OIDC_CLIENT_SECRET,
        "OIDC_RP_SIGN_ALGO": "RS256",
        "OIDC_RP_SCOPES": "openid email",
        "OIDC_USE_PKCE": True,
        "OIDC_CREATE_USER": False,
        "OIDC_TIMEOUT": TIMEOUT,
        "OIDC_AUTHENTICATION_CALLBACK_URL": CALLBACK,
    }
    return ours[name] if name in ours else import_from_settings(name, *default)


class AskProvider(OIDCAuthenticationRequestView):
    """Makes the address at which somebody signs in there, and notes state, nonce and PKCE."""

    get_settings = staticmethod(setting)


class ProviderBackend(OIDCAuthenticationBackend):
    """Who stands behind a code of the provider; never stands in AUTHENTICATION_BACKENDS."""

    get_settings = staticmethod(setting)

    def verify_token(self, token: str, **kwargs: Any) -> dict[str, Any]:
        """The claims of a token that was made by our provider, for us, and is not over."""
        claims = cast("dict[str, Any]", super().verify_token(token, **kwargs))
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if (
            claims.get("iss") != settings.OIDC_ISSUER
            or self.OIDC_RP_CLIENT_ID not in audiences
            or claims.get("azp", self.OIDC_RP_CLIENT_ID) != self.OIDC_RP_CLIENT_ID
            # The library refuses one that is over, not one that never will be.
            or "exp" not in claims
            or not claims.get("sub")
        ):
            raise SuspiciousOperation("a token of somebody else, or for somebody else")
        return claims

    def get_userinfo(
        self, access_token: str, id_token: str, payload: dict[str, Any]
    ) -> dict[str, Any]:
        found = cast("dict[str, Any]", super().get_userinfo(access_token, id_token, payload))
        if found.get("sub") != payload["sub"]:
            raise SuspiciousOperation("the two answers speak of two people")
        return found

    def verify_claims(self, claims: dict[str, Any]) -> bool:
        """Whether the provider has confirmed the address; some say so as text."""
        email, confirmed = claims.get("email"), claims.get("email_verified")
        return (
            isinstance(email, str) and "@" in email and (confirmed is True or confirmed == "true")
        )

    def filter_users_by_claims(self, claims: dict[str, Any]) -> QuerySet[User]:
        """The accounts in use with that address; the library takes one, and never chooses."""
        return User.objects.filter(email__iexact=claims["email"], is_active=True)
