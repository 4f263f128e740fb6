"""Access keys for other systems: made, recognised, refused, revoked, removed."""

import datetime
import hashlib
import secrets
from collections.abc import Collection

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from core import rules
from core.events import record
from core.permissions import KeyScope

from . import events
from .models import ApiToken, User

PREFIX = "lce_"
SHOWN = 10
# Dated rules, in days (accounts.apps).
LIFE, KEPT = "accounts.key_days", "accounts.key_kept_days"
USED_AT_MOST_EVERY = datetime.timedelta(hours=1)
REFUSED_AT_MOST_EVERY = datetime.timedelta(hours=1)


def most_days() -> int:
    """For how many days a key may be made today (a dated rule)."""
    return int(rules.value(LIFE, on=timezone.localdate()))


@transaction.atomic
def make_token(
    *, user: User, name: str, days: int, scopes: Collection[str] = tuple(KeyScope)
) -> tuple[ApiToken, str]:
    """Make a key valid for `days`; returns (`ApiToken`, secret). The secret is nowhere kept.

    Args:
        scopes: codes of `KeyScope`, at least one.
    Raises ValueError for another number of days than the rule allows, or for no scope.
    """
    most = most_days()
    if not 1 <= days <= most:
        raise ValueError(f"a key is valid for 1 to {most} days, not {days}")
    wanted = [scope for scope in KeyScope if scope in set(scopes)]
    if not wanted or len(wanted) != len(set(scopes)):
        raise ValueError(f"a key has scopes of {list(KeyScope)}, not {scopes}")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        digest=digest_of(secret),
        start=secret[:SHOWN],
        scopes=",".join(wanted),
        expires_at=timezone.now() + datetime.timedelta(days=days),
    )
    record(
        events.KEY_MADE,
        by=user,
        about=token,
        changes={"scopes": ("", token.scopes), "expires_at": (None, token.expires_at)},
    )
    return token, secret


def digest_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find_token(secret: str) -> ApiToken | None:
    """The valid key of a secret with its user, or None; one query, two once an hour.

    A key of a person who left, or who must change a first password, opens nothing.
    """
    now = timezone.now()
    token = ApiToken.objects.select_related("user").filter(digest=digest_of(secret)).first()
    if token is None:
        return None
    why = _why_not(token, now)
    if why:
        note_refusal(token, why)
        return None
    if _is_long_ago(token.last_used_at, now):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def _why_not(token: ApiToken, now: datetime.datetime) -> str:
    if token.revoked_at is not None:
        return "revoked"
    if token.expires_at <= now:
        return "expired"
    if not token.user.is_active:
        return "account_closed"
    return "must_change_password" if token.user.must_change_password else ""


def _is_long_ago(moment: datetime.datetime | None, now: datetime.datetime) -> bool:
    return moment is None or moment < now - USED_AT_MOST_EVERY


@transaction.atomic
def note_refusal(token: ApiToken, why: str) -> None:
    """An event that a key was refused, once an hour for a key: programs try again and again."""
    now = timezone.now()
    rows = ApiToken.objects.filter(
        Q(refused_at=None) | Q(refused_at__lt=now - REFUSED_AT_MOST_EVERY), pk=token.pk
    )
    if rows.update(refused_at=now):
        record(events.KEY_REFUSED, by=token.user, about=token, reason=why)


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """A user's keys, newest first; one query."""
    return ApiToken.objects.filter(user=user)


def all_tokens() -> QuerySet[ApiToken]:
    """Everybody's keys with their people, those that open something first; one query."""
    return ApiToken.objects.select_related("user").order_by(
        F("revoked_at").asc(nulls_first=True), "-expires_at", "-pk"
    )


@transaction.atomic
def revoke_token(*, token_id: int, by: User | None, user: User | None = None) -> bool:
    """End a key now, one of `user`'s when given; False when there is no such key."""
    keys = ApiToken.objects.filter(pk=token_id, revoked_at=None)
    return bool(_revoke(keys if user is None else keys.filter(user=user), by, ""))


@transaction.atomic
def revoke_all(*, user: User, by: User | None, why: str) -> int:
    """End every key of a person; returns how many. `why` is kept with the events."""
    return _revoke(ApiToken.objects.filter(user=user, revoked_at=None), by, why)


def _revoke(keys: QuerySet[ApiToken], by: User | None, why: str) -> int:
    found = list(keys.select_for_update())
    now = timezone.now()
    for token in found:
        ApiToken.objects.filter(pk=token.pk).update(revoked_at=now)
        if token.expires_at > now:
            record(events.KEY_REVOKED, by=by, about=token, reason=why)
    return len(found)


@transaction.atomic
def remove_old() -> int:
    """Delete keys that ended longer ago than the rule says; returns how many."""
    today = timezone.localdate()
    before = timezone.now() - datetime.timedelta(days=int(rules.value(KEPT, on=today)))
    old = ApiToken.objects.filter(Q(expires_at__lt=before) | Q(revoked_at__lt=before))
    removed, _by_model = old.delete()
    if removed:
        record(events.KEYS_REMOVED, by=None, changes={"count": (0, removed)})
    return removed
