"""Passwords and codes that cannot be guessed: attempts are counted before they are looked at.

An attempt is counted as a failure in a transaction of its own and taken back when it was right,
so that two hundred at once are counted one by one (the row is locked; SQLite locks the file).
Three counts are kept, each under its own key:

- of an account, from devices that have not signed in to it before;
- of an account on one device that has: strangers cannot lock its owner out there, and whoever
  holds the device has no more attempts than they;
- of an address. A whole school may stand behind one, so the limit is high, and devices that are
  known are not asked.

After `FREE` failures in a row an account is locked for a minute, and each further one doubles that
up to an hour: some thirty attempts a day. A day without any forgets them.

A view behind which a password is asked for declares it:

    @signed_in("…")
    @asks_password("old_password")
    def password(request): …

The middleware counts before the view, outside its transaction, and refuses with a page; the form
asks `is_own_password`, which takes the count back.
"""

import datetime
import hashlib
import ipaddress
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypedDict, TypeVar, cast

from django.conf import settings
from django.core import signing
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from core.addresses import client_address
from core.contention import Busy
from core.events import record
from core.text import TextRefused
from core.types import ScopedRequest, View

from . import events
from .models import FailedAttempts, User

FREE = 5
FIRST_LOCK = datetime.timedelta(minutes=1)
LONGEST_LOCK = datetime.timedelta(hours=1)
FORGOTTEN_AFTER = datetime.timedelta(days=1)
ADDRESS_LIMIT = 100
ADDRESS_WINDOW = datetime.timedelta(minutes=15)

COOKIE = "__Secure-device" if settings.HTTPS else "device"
COOKIE_PATH = "/accounts/"
COOKIE_LIFE = 400 * 24 * 3600  # seconds; what browsers allow at most
# People who share a device; who signed in longest ago is forgotten first.
MOST_PEOPLE = 20
_SALT = "accounts.device"


AnyView = TypeVar("AnyView", bound=View)


class LockedContext(TypedDict):
    """What the templates say of a lock."""

    locked_until: datetime.datetime
    locked_minutes: int


class Locked(Exception):
    """No further attempt is looked at before `until`."""

    def __init__(self, until: datetime.datetime) -> None:
        super().__init__(until)
        self.until = until

    @property
    def seconds(self) -> int:
        """Whole seconds until the next attempt, at least 1."""
        return max(1, int((self.until - timezone.now()).total_seconds()) + 1)


@dataclass(frozen=True)
class Attempt:
    """An attempt that is counted as a failure until `was_right` or for ever."""

    key: str
    user: User | None
    address_key: str = ""
    locked_until: datetime.datetime | None = None

    def was_right(self) -> None:
        """Take the count back: the account's failures in a row are over."""
        FailedAttempts.objects.filter(key=self.key).delete()
        FailedAttempts.objects.filter(key=self.address_key, count__gt=0).update(
            count=F("count") - 1
        )

    def was_not_looked_at(self) -> None:
        """Take this one count back: nothing was learned, the server was too busy to look."""
        if self.locked_until is not None:
            FailedAttempts.objects.filter(key=self.key, locked_until=self.locked_until).update(
                locked_until=None
            )
        for key in (self.key, self.address_key):
            FailedAttempts.objects.filter(key=key, count__gt=0).update(count=F("count") - 1)

    def was_wrong(self) -> None:
        """Leave an event; only of accounts that exist, so that their number is bounded."""
        if self.user is None:
            return
        kind = events.SIGN_IN_FAILED if self.locked_until is None else events.LOCKED
        changes = {}
        if self.locked_until is not None:
            changes["locked_until"] = (None, self.locked_until.isoformat())
        record(kind, by=None, about=self.user, changes=changes)


def of_sign_in(request: HttpRequest, username: str) -> Attempt:
    """An attempt to sign in with a name, whether somebody has it or not.

    Raises Locked when the account (for this device) or the address has had its attempts.
    """
    username = _as_stored(username)
    user = User.objects.filter(username=username).first()
    device, known = _device_of(request)
    if user is not None and user.pk in known:
        return _count(f"device:{user.pk}:{device}", user)
    return _count(f"name:{_digest(username)}", user, address_key=_address_key(request))


def of_own_password(user: User) -> Attempt:
    """An attempt at the password of somebody who is signed in; raises Locked."""
    return _count(f"password:{user.pk}", user)


def of_code(user: User) -> Attempt:
    """An attempt at a code of the second factor, the password being right; raises Locked."""
    return _count(f"code:{user.pk}", user)


def of_forgotten(request: HttpRequest, name: str) -> Attempt:
    """A wish for a link to choose a new password, whether somebody has the name or not.

    Never taken back: so many letters a person gets, and so many names an address may try.
    Raises Locked.
    """
    key = f"forgotten:{_digest(_as_stored(name))}"
    return _count(key, None, address_key=_address_key(request))


def of_provider(request: HttpRequest, state: str) -> Attempt:
    """A return from the identity provider, which only the address behind it is known of.

    Each has a state of its own, so it is the address that has had its attempts when it raises
    Locked.
    """
    return _count(f"provider:{_digest(state)}", None, address_key=_address_key(request))


def of_verification(request: HttpRequest, code: str) -> Attempt:
    """A code of a publication, asked for by anybody; taken back when there is one.

    It is the address that has had its attempts when it raises Locked, mostly.
    """
    return _count(f"verification:{_digest(code)}", None, address_key=_address_key(request))


def _count(key: str, user: User | None, *, address_key: str = "") -> Attempt:
    now = timezone.now()
    # A count only grows until its time is over. So who is refused need not wait for the rows,
    # nor write one: many guessers of one address would hold the threads that answer pages.
    rows = {row.key: row for row in FailedAttempts.objects.filter(key__in={key, address_key})}
    _raise_if_locked(rows.get(key), rows.get(address_key), now)
    with transaction.atomic():
        row = _locked_row(key, now, forgotten_after=FORGOTTEN_AFTER, since_last=True)
        address = (
            _locked_row(address_key, now, forgotten_after=ADDRESS_WINDOW) if address_key else None
        )
        _raise_if_locked(row, address, now)
        row.count += 1
        row.last_at = now
        row.locked_until = None
        if row.count >= FREE:
            row.locked_until = now + _lock_after(row.count)
        row.save()
        if address:
            address.count += 1
            address.last_at = now
            address.save()
    return Attempt(key, user, address_key, row.locked_until)


def _raise_if_locked(
    row: FailedAttempts | None, address: FailedAttempts | None, now: datetime.datetime
) -> None:
    if row and row.locked_until is not None and row.locked_until > now:
        raise Locked(row.locked_until)
    if address and address.count >= ADDRESS_LIMIT and address.since + ADDRESS_WINDOW > now:
        raise Locked(address.since + ADDRESS_WINDOW)


def _lock_after(failures: int) -> datetime.timedelta:
    # No number grows here without end: 2**6 minutes are more than the longest lock.
    return min(FIRST_LOCK * 2 ** min(failures - FREE, 6), LONGEST_LOCK)


def _locked_row(
    key: str,
    now: datetime.datetime,
    *,
    forgotten_after: datetime.timedelta,
    since_last: bool = False,
) -> FailedAttempts:
    row = None
    # Whoever was right meanwhile removes the row, and it is made anew.
    while row is None:
        FailedAttempts.objects.get_or_create(key=key, defaults={"since": now, "last_at": now})
        row = FailedAttempts.objects.select_for_update().filter(key=key).first()
    if (row.last_at if since_last else row.since) + forgotten_after <= now:
        row.count, row.since, row.locked_until = 0, now, None
    return row


def _as_stored(username: str) -> str:
    try:
        return User.normalize_username(username)
    except TextRefused:
        return ""


def _digest(username: str) -> str:
    return hashlib.sha256(username.casefold().encode()).hexdigest()


def _address_key(request: HttpRequest) -> str:
    text = client_address(request)
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return f"address:{_digest(text)}"
    if address.version == 6 and address.ipv4_mapped is None:
        # One subscriber has a whole /64.
        return f"address:{ipaddress.ip_network((address, 64), strict=False)}"
    return f"address:{address}"


# --- Known devices -----------------------------------------------------------


def _device_of(request: HttpRequest) -> tuple[str, list[int]]:
    """(id, people who signed in on it, newest first); a new id without a cookie of ours."""
    try:
        kept = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=COOKIE_LIFE)
        return kept["id"], kept["people"]
    except (signing.BadSignature, ValueError, KeyError, TypeError):
        return secrets.token_hex(8), []


def know_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Let the browser say from now on that this person has signed in on it."""
    device, known = _device_of(request)
    people = [user.pk, *(pk for pk in known if pk != user.pk)][:MOST_PEOPLE]
    response.set_cookie(
        COOKIE,
        signing.dumps({"id": device, "people": people}, salt=_SALT),
        max_age=COOKIE_LIFE,
        # Only the door reads it: it does not go along with every register and script.
        path=COOKIE_PATH,
        httponly=True,
        samesite="Lax",
        secure=settings.HTTPS,
    )


# --- Pages that ask for one's own password -------------------------------------


class PasswordView(Protocol):
    """A view behind which a password is asked for."""

    asks_password: str


class AskedRequest(ScopedRequest):
    """A request to a page that asks for one's own password: the attempt, counted already."""

    password_attempt: Attempt | None


def asks_password(field: str) -> Callable[[AnyView], AnyView]:
    """Declare that a view's form has one's own password in `field`, asked by `is_own_password`."""

    def declare(view: AnyView) -> AnyView:
        cast("PasswordView", view).asks_password = field
        return view

    return declare


def count_before(request: AskedRequest, view: View) -> HttpResponse | None:
    """Count what a POST to a view that `asks_password` says; an answer when it is locked.

    Called by the middleware: the view's own transaction is taken back when its form is refused
    (core.middleware.OperationMiddleware), and the count must stay.
    """
    field = getattr(view, "asks_password", None)
    if field is None or request.method != "POST" or not request.POST.get(field):
        return None
    try:
        request.password_attempt = of_own_password(request.user)
    except Locked as locked:
        return locked_page(request, locked)
    return None


def is_own_password(request: AskedRequest, password: str) -> bool:
    """Whether it is the password of who is signed in; the attempt is counted already.

    Raises ImproperlyConfigured when the view was not declared with `asks_password`.
    """
    attempt = getattr(request, "password_attempt", None)
    if attempt is None:
        raise ImproperlyConfigured("a view that asks for a password is declared: asks_password")
    try:
        is_right = request.user.check_password(password)
    except Busy:
        attempt.was_not_looked_at()
        raise
    if is_right:
        attempt.was_right()
        return True
    # Of a form with an operation id the event goes with its transaction; the count does not.
    attempt.was_wrong()
    return False


def locked_page(request: HttpRequest, locked: Locked) -> HttpResponse:
    """The answer 429 that says when to try again."""
    answer = render(request, "accounts/locked.html", locked_context(locked), status=429)
    answer["Retry-After"] = str(locked.seconds)
    return answer


def locked_context(locked: Locked) -> LockedContext:
    """What the templates say of a lock: the minute from which on it is over, and minutes left."""
    minute = datetime.timedelta(minutes=1)
    free = timezone.localtime(locked.until).replace(second=0, microsecond=0) + minute
    return {"locked_until": free, "locked_minutes": -(-locked.seconds // 60)}


# --- Unlocking -----------------------------------------------------------------


@transaction.atomic
def unlock(*, user: User, by: User | None) -> int:
    """Forget the failures of an account, on every device; returns how many counts there were."""
    keys = FailedAttempts.objects.filter(
        key__in=[
            f"name:{_digest(user.username)}",
            f"forgotten:{_digest(user.username)}",
            f"password:{user.pk}",
            f"code:{user.pk}",
        ]
    ) | FailedAttempts.objects.filter(key__startswith=f"device:{user.pk}:")
    removed, _by_model = keys.delete()
    record(events.UNLOCKED, by=by, about=user)
    return removed


def remove_old() -> int:
    """Delete counts that no longer mean anything; returns how many."""
    removed, _by_model = FailedAttempts.objects.filter(
        last_at__lt=timezone.now() - FORGOTTEN_AFTER
    ).delete()
    return removed
