"""Access keys for other systems: made, recognised, revoked."""

import datetime
import hashlib
import secrets

from django.utils import timezone

from .models import ApiToken

PREFIX = "lce_"
SHOWN = 10
MOST_DAYS = 366
USED_AT_MOST_EVERY = datetime.timedelta(hours=1)


def make_token(*, user, name, days):
    """Make a key valid for `days`; returns (`ApiToken`, secret). The secret is nowhere kept."""
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"a key is valid for 1 to {MOST_DAYS} days, not {days}")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        digest=digest_of(secret),
        start=secret[:SHOWN],
        expires_at=timezone.now() + datetime.timedelta(days=days),
    )
    return token, secret


def digest_of(secret):
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find_token(secret):
    """The valid key of a secret with its user, or None; one query, two once an hour.

    A key of a person who left, or who must change a first password, opens nothing.
    """
    now = timezone.now()
    token = (
        ApiToken.objects.select_related("user")
        .filter(
            digest=digest_of(secret),
            revoked_at=None,
            expires_at__gt=now,
            user__is_active=True,
            user__must_change_password=False,
        )
        .first()
    )
    if token is not None and _is_long_ago(token.last_used_at, now):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def _is_long_ago(moment, now):
    return moment is None or moment < now - USED_AT_MOST_EVERY


def tokens_of(user):
    """A user's keys, newest first; one query."""
    return ApiToken.objects.filter(user=user)


def revoke_token(*, user, token_id):
    """End one of the user's keys now; False when there is no such key."""
    return bool(
        ApiToken.objects.filter(pk=token_id, user=user, revoked_at=None).update(
            revoked_at=timezone.now()
        )
    )
