"""Every decision leaves an event: who, what about, old and new, from where, in one transaction.

A package declares the kinds of its decisions once and its services record them:

    PLAN_APPROVED = declare("plan.approved", _("Plan approved"))
    record(PLAN_APPROVED, by=by, about=plan, area=plan.area_id, changes={"state": (old, new)})

The same line goes to the log, without names and values.
"""

import logging
from contextvars import ContextVar
from dataclasses import dataclass

import structlog
from django.utils import timezone
from django.utils.functional import Promise

from .addresses import client_address
from .models import Event

logger = logging.getLogger(__name__)

# The request during which decisions are made; None in jobs and commands.
_request = ContextVar("request of the events", default=None)
_kinds = {}


@dataclass(frozen=True)
class Kind:
    """A kind of decision: its code is stored, its words are said in the reader's language."""

    code: str
    words: Promise | str


def declare(code, words):
    """A new kind of event; raises ValueError for a code that is taken."""
    if code in _kinds:
        raise ValueError(f"event {code} is declared twice")
    return _kinds.setdefault(code, Kind(code, words))


def kinds():
    """Every kind declared, {code: Kind}."""
    return dict(_kinds)


def words_of(code):
    """What a stored code says; the code itself when a newer version wrote it."""
    return _kinds[code].words if code in _kinds else code


def record(kind, *, by, about=None, name=None, area=None, school=None, changes=None, reason=""):
    """Write one event (one INSERT); returns it. Call it inside the transaction of the decision.

    Args:
        kind: a `Kind` that was declared.
        by: the user who decided; None for the timetable and commands.
        about: the row it is about, saved already (or about to be deleted).
        name: what to call it in a list, else `str(about)`.
        area, school: ids of the place it belongs to.
        changes: {field: (old, new)} with values that JSON takes; never a password or a key.
        reason: what the person gave as reason.
    """
    request = _request.get()
    event = Event(
        at=timezone.now(),
        kind=kind.code,
        actor=by if by is not None and by.pk else None,
        actor_name=str(by)[:150] if by is not None else "",
        object_type=about._meta.label_lower if about is not None else "",
        object_id=str(about.pk) if about is not None else "",
        object_name=_short(name if name is not None else about),
        area_id=area,
        school_id=school,
        changes={field: list(pair) for field, pair in (changes or {}).items()},
        reason=str(reason),
        address=(client_address(request) or "")[:45] if request is not None else "",
        request_id=structlog.contextvars.get_contextvars().get("request_id", ""),
    )
    event.save(force_insert=True)
    logger.info(
        kind.code,
        extra={"by": event.actor_id, "object": f"{event.object_type}:{event.object_id}"},
    )
    return event


def present_request():
    """The request that is being answered; None in jobs and commands."""
    return _request.get()


def present_actor():
    """Who is signed in in the request that is being answered; None in jobs and commands."""
    request = _request.get()
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated else None


def _short(thing):
    return "" if thing is None else str(thing)[:250]


class EventMiddleware:
    """Lets `record` know the request, so that services need not carry it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        token = _request.set(request)
        try:
            return self.get_response(request)
        finally:
            _request.reset(token)
