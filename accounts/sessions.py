"""In which browsers a person is signed in, and when that ends by itself.

The facts that every request needs lie in the session (`KEY`), so that no request asks the
database for them; the row that its owner is shown (`SignedIn`) is written when it begins and then
at most once a minute or ten.
"""

import datetime
import re
from typing import NotRequired, TypedDict

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from core.addresses import client_address
from core.events import record
from core.services.saving import one_at_a_time
from core.types import ScopedRequest

from . import events, second_factor
from .models import SignedIn, User

KEY = "signed_in"
# How stale "last seen" may be, in seconds: with a bound on idleness, and without.
SEEN_EVERY, SEEN_EVERY_LONG = 60, 600
# Seconds after the sign-in in which a temporary password need not be typed again.
FRESH = 3600

_SYSTEMS = [
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone|iPad", "iPhone/iPad"),
    ("Mac OS", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
]
_BROWSERS = [
    (r"Edg\w*/", "Edge"),
    (r"coc_coc_browser/", "Cốc Cốc"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"OPR/", "Opera"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrome/|CriOS/|Chromium/", "Chrome"),
    (r"Safari/", "Safari"),
]


class Bounds(TypedDict):
    """What holds for a session on a day; seconds."""

    day: str
    longest: int
    idle: int | None
    due: bool


class Facts(Bounds):
    """What lies in the session under `KEY`; moments as timestamps."""

    began: float
    seen: float
    verified: NotRequired[bool]


def begin(request: HttpRequest, user: User) -> None:
    """Note a browser that has just been signed in; called at every sign-in."""
    now = timezone.now()
    if not request.session.session_key:
        request.session.create()
    row = SignedIn(
        user=user,
        session_key=request.session.session_key or "",
        device=device_words(request.META.get("HTTP_USER_AGENT", "")),
        address=client_address(request),
        began_at=now,
        seen_at=now,
    )
    # A session goes on when its own person signs in once more, and two requests of a session
    # from before this table may be the first ones at one moment.
    SignedIn.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["session_key"],
        update_fields=["user", "device", "address", "began_at", "seen_at"],
    )
    request.session[KEY] = {
        "began": now.timestamp(),
        "seen": now.timestamp(),
        **_bounds(user),
    }


def _bounds(user: User) -> Bounds:
    """What holds today: seconds of idleness and in all, and whether a second factor is due."""
    today = timezone.localdate()
    demand = second_factor.demand_on(user, today)
    longest = settings.SESSION_COOKIE_AGE if demand is None else demand.longest
    return {
        "day": today.isoformat(),
        "longest": longest,
        "idle": None if demand is None else demand.idle,
        "due": demand is not None,
    }


def verified(request: HttpRequest) -> None:
    """The second factor was shown in this session."""
    request.session[KEY] = {**request.session[KEY], "due": False, "verified": True}


def has_just_shown_temporary(request: ScopedRequest) -> bool:
    """Whether who is signed in here came with a password that was handed over, lately.

    It need not be typed a second time to choose one's own.
    """
    began = request.session.get(KEY, {}).get("began", 0)
    is_fresh = timezone.now().timestamp() - began < FRESH
    return is_fresh and request.user.temporary_until is not None


def is_due(request: HttpRequest) -> bool:
    """Whether a second factor must be set up before anything else."""
    return bool(request.session.get(KEY, {}).get("due"))


def is_demanded(request: HttpRequest) -> bool:
    """Whether a second factor is demanded of who is signed in here."""
    return request.session.get(KEY, {}).get("idle") is not None


def look(request: ScopedRequest) -> None:
    """End the session when its time is over; else note that its person was here.

    No query, except once a day and when the last one was long ago.
    """
    facts: Facts | None = request.session.get(KEY)
    if facts is None:
        # Signed in by a program that did not note it yet.
        begin(request, request.user)
        return
    now = timezone.now()
    moment, day = now.timestamp(), timezone.localdate(now).isoformat()
    is_new_day = facts["day"] != day
    if is_new_day:
        bounds = _bounds(request.user)
        bounds["due"] = bounds["due"] and not facts.get("verified")
        facts = {**facts, **bounds}
    idle = facts["idle"]
    too_long = moment - facts["began"] > facts["longest"]
    if too_long or (idle is not None and moment - facts["seen"] > idle):
        SignedIn.objects.filter(session_key=request.session.session_key).delete()
        logout(request)
        messages.info(
            request,
            _("You were signed out because the longest time since the sign-in is over.")
            if too_long
            else _("You were signed out because nothing was done here for a while."),
        )
        return
    every = SEEN_EVERY_LONG if idle is None else SEEN_EVERY
    if is_new_day or moment - facts["seen"] >= every:
        request.session[KEY] = {**facts, "seen": moment}
        SignedIn.objects.filter(session_key=request.session.session_key).update(
            seen_at=now, address=client_address(request)
        )


def device_words(agent: str) -> str:
    """A browser as its owner would name it, from what it says of itself."""
    agent = agent[:500]
    system = next((name for mark, name in _SYSTEMS if re.search(mark, agent)), "")
    browser = next((name for mark, name in _BROWSERS if re.search(mark, agent)), "")
    return ", ".join(filter(None, [browser, system]))


def of(user: User) -> list[SignedIn]:
    """The browsers in which a person is signed in now, seen last first; two queries."""
    rows = list(SignedIn.objects.filter(user=user))
    alive = set(
        Session.objects.filter(
            session_key__in=[row.session_key for row in rows], expire_date__gt=timezone.now()
        ).values_list("session_key", flat=True)
    )
    return [row for row in rows if row.session_key in alive]


@transaction.atomic
def end(user: User, *, only: int | None = None, but: str | None = None) -> int:
    """Sign a person out: everywhere, in the one with id `only`, or everywhere `but` a session.

    Returns how many ended.
    """
    rows = SignedIn.objects.filter(user=user)
    if only is not None:
        rows = rows.filter(pk=only)
    if but is not None:
        rows = rows.exclude(session_key=but)
    keys = list(rows.values_list("session_key", flat=True))
    if keys:
        Session.objects.filter(session_key__in=keys).delete()
        SignedIn.objects.filter(session_key__in=keys).delete()
    return len(keys)


def end_by_owner(request: ScopedRequest, *, only: int | None = None) -> int:
    """Sign out one other browser, or all others; returns how many. With an event."""
    with transaction.atomic():
        one_at_a_time(request.user)
        count = end(request.user, only=only, but=request.session.session_key)
        if count:
            changes = {"browsers": (count, 0)}
            record(events.SESSIONS_ENDED, by=request.user, about=request.user, changes=changes)
    return count


def go_on_after_new_password(request: ScopedRequest) -> None:
    """Of all browsers, which a new password signs out, keep this one, under a new key."""
    row = SignedIn(
        user=request.user,
        device=device_words(request.META.get("HTTP_USER_AGENT", "")),
        address=client_address(request),
        began_at=datetime.datetime.fromtimestamp(request.session[KEY]["began"], tz=datetime.UTC),
        seen_at=timezone.now(),
    )
    update_session_auth_hash(request, request.user)
    row.session_key = request.session.session_key or ""
    row.save()


def remove_old(*, before: datetime.datetime) -> int:
    """Delete browsers last seen before a moment that cannot be signed in; returns how many."""
    alive_since = timezone.now() - datetime.timedelta(seconds=settings.SESSION_COOKIE_AGE)
    removed, _by_model = SignedIn.objects.filter(seen_at__lt=min(before, alive_since)).delete()
    return removed
