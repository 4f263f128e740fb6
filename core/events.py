"""Every decision leaves an event: who, what about, old and new, from where, in one transaction.

A package declares the kinds of its decisions once and its services record them:

    PLAN_APPROVED = declare("plan.approved", _("Plan approved"))
    record(PLAN_APPROVED, by=by, about=plan, area=plan.area_id, changes={"state": (old, new)})

The same line goes to the log, without names and values.
"""

import datetime
import logging
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from django.db.models import Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from . import log_context
from .addresses import client_address
from .models import Event
from .types import AnyUser, GetResponse, StrOrPromise, User

logger = logging.getLogger(__name__)

# The request during which decisions are made; None in jobs and commands.
_request: ContextVar[HttpRequest | None] = ContextVar("request of the events", default=None)
_kinds: dict[str, "Kind"] = {}
# {field: (old, new)}, values as JSON takes them.
Changes: TypeAlias = Mapping[str, tuple[Any, Any]]
LONGEST_NAME = 250
# A person who is refused the same page again within this time leaves no second event.
QUIET = datetime.timedelta(minutes=10)


@dataclass(frozen=True)
class Kind:
    """A kind of decision: its code is stored, its words are said in the reader's language."""

    code: str
    words: StrOrPromise
    # Words of what stands in `changes` and is no field of the object: {name: words}.
    fields: Mapping[str, StrOrPromise] = field(default_factory=dict)


def declare(code: str, words: StrOrPromise, /, **fields: StrOrPromise) -> Kind:
    """A new kind of event; raises ValueError for a code that is taken.

    `fields`: words of the changes that are no fields of the object.
    """
    if code in _kinds:
        raise ValueError(f"event {code} is declared twice")
    return _kinds.setdefault(code, Kind(code, words, fields))


REFUSED = declare("page.refused", _("Page refused"))


def kinds() -> dict[str, Kind]:
    """Every kind declared, {code: Kind}."""
    return dict(_kinds)


def words_of(code: str) -> StrOrPromise:
    """What a stored code says; the code itself when a newer version wrote it."""
    return _kinds[code].words if code in _kinds else code


def record(
    kind: Kind,
    *,
    by: AnyUser | None,
    about: Model | None = None,
    name: str | None = None,
    part_of: Model | None = None,
    area: int | None = None,
    school: int | None = None,
    changes: Changes | None = None,
    reason: StrOrPromise = "",
) -> Event:
    """Write one event (one INSERT); returns it. Call it inside the transaction of the decision.

    Args:
        kind: a `Kind` that was declared.
        by: the user who decided; None for the timetable and commands.
        about: the row it is about, saved already (or about to be deleted).
        name: what to call it in a list, else `str(about)`.
        part_of: the larger row whose story it belongs to; without one it begins its own.
        area, school: ids of the place it belongs to.
        changes: {field: (old, new)} with values that JSON takes; never a password or a key.
        reason: what the person gave as reason.
    """
    event = event_of(
        kind,
        by=by,
        about=about,
        name=name,
        part_of=part_of,
        area=area,
        school=school,
        changes=changes,
        reason=reason,
    )
    event.save(force_insert=True)
    _log(event)
    return event


def event_of(
    kind: Kind,
    *,
    by: AnyUser | None,
    about: Model | None = None,
    name: str | None = None,
    part_of: Model | None = None,
    area: int | None = None,
    school: int | None = None,
    changes: Changes | None = None,
    reason: StrOrPromise = "",
) -> Event:
    """The event that `record` would write, for `record_all`."""
    request = _request.get()
    return Event(
        at=timezone.now(),
        kind=kind.code,
        actor=by if by is not None and by.pk else None,
        actor_name=str(by)[:150] if by is not None else "",
        object_type=about._meta.label_lower if about is not None else "",
        object_id=str(about.pk) if about is not None else "",
        object_name=_short(name if name is not None else about),
        part_of=reference(part_of if part_of is not None else about),
        area_id=area,
        school_id=school,
        changes={field: list(pair) for field, pair in (changes or {}).items()},
        reason=str(reason),
        address=client_address(request) if request is not None else "",
        request_id=log_context.request_id(),
    )


def record_all(events: Iterable[Event]) -> None:
    """Write many events of `event_of` at once; one query."""
    for event in Event.objects.bulk_create(events):
        _log(event)


def _log(event: Event) -> None:
    logger.info(
        event.kind,
        extra={"by": event.actor_id, "object": f"{event.object_type}:{event.object_id}"},
    )


def reference(row: Model | None) -> str:
    """How a row is named in `part_of`: "app.model:key"; empty for None."""
    return "" if row is None else f"{row._meta.label_lower}:{row.pk}"


def present_request() -> HttpRequest | None:
    """The request that is being answered; None in jobs and commands."""
    return _request.get()


def present_actor() -> User | None:
    """Who is signed in in the request that is being answered; None in jobs and commands."""
    request = _request.get()
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated else None


def _short(thing: object) -> str:
    return "" if thing is None else str(thing)[:LONGEST_NAME]


class EventMiddleware:
    """Lets `record` know the request, so that services need not carry it."""

    def __init__(self, get_response: GetResponse) -> None:
        # By now every page of the admin is registered.
        from . import admin_events

        self.get_response = get_response
        admin_events.connect()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = _request.set(request)
        try:
            response = self.get_response(request)
            if response.status_code == 403:
                _note_refusal(request)
            return response
        finally:
            _request.reset(token)


def _note_refusal(request: HttpRequest) -> None:
    """One event for a page that a person may not open; again only after a while.

    So that nobody fills the table by asking for the same page all day.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return
    name = f"{request.method} {request.path}"[:LONGEST_NAME]
    lately = Event.objects.filter(
        actor=user, kind=REFUSED.code, object_name=name, at__gt=timezone.now() - QUIET
    )
    if not lately.exists():
        record(REFUSED, by=user, name=name)
