"""Every showing of children's names leaves a row: said by the view, written by a middleware.

A view that is about to show names says so, once for each list:

    names_shown(request, NamesKind.ROLL, school_class=found, count=len(rows))

The middleware writes the rows of a request in one statement before the answer goes out. When
they cannot be written there is no answer: names that nobody wrote down are not shown
(docs/personal-data.md). `tests/test_access_trail.py` walks every address.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils import timezone

from core import log_context
from core.addresses import client_address
from core.types import GetResponse, ScopedRequest, User

from .enums import NamesKind
from .models import NamesShown, Pupil, SchoolClass


@dataclass(frozen=True)
class _Shown:
    """One list that a request shows."""

    kind: str
    school_id: int | None
    class_id: int | None
    pupil_id: int | None


def names_shown(
    request: ScopedRequest,
    kind: NamesKind,
    *,
    pupil: Pupil | int | None = None,
    school_class: SchoolClass | None = None,
    school: int | None = None,
    count: int = 1,
) -> None:
    """Note that the answer to this request shows names.

    Args:
        kind: `NamesKind`, what is opened.
        pupil: the child, or its id, when a single record is opened.
        school_class, school: where; the school follows from the class, or is named by its id.
        count: how many names; nothing is noted for none.
    """
    school_id = school_class.school_id if school_class is not None else school
    _note(
        request,
        _Shown(
            str(kind),
            school_id,
            school_class.pk if school_class is not None else None,
            pupil.pk if isinstance(pupil, Pupil) else pupil,
        ),
        count,
    )


def lists_shown(request: ScopedRequest, kind: NamesKind, places: Iterable[tuple[int, int]]) -> None:
    """Note names that come from several classes: a (school id, class id) for each name."""
    for (school_id, class_id), count in Counter(places).items():
        _note(request, _Shown(str(kind), school_id, class_id, None), count)


def _note(request: ScopedRequest, shown: _Shown, count: int) -> None:
    # DRF wraps Django's request, which the middleware has.
    request = getattr(request, "_request", request)
    if count:
        noted = request.__dict__.setdefault("names_shown", Counter())
        # The same list twice on one page is one list.
        noted[shown] = max(noted[shown], count)


class AccessTrailMiddleware:
    """Writes what the view noted; outside the view's transaction, so that a refused form counts."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: ScopedRequest) -> HttpResponseBase:
        response = self.get_response(request)
        noted = request.__dict__.get("names_shown")
        # A redirect and a HEAD have no body.
        if noted and request.method != "HEAD" and not 300 <= response.status_code < 400:
            write_trail(request, noted)
        return response


def write_trail(request: ScopedRequest, noted: Mapping[_Shown, int]) -> None:
    """One INSERT for everything a request showed.

    What the same person saw in the same slot of time before is not a second row; of that row
    `last_at` moves on.
    """
    _write(noted, request.user, ",".join(request.scope.roles)[:80], client_address(request))


def note_file(by: User, pupils: Mapping[int, int]) -> None:
    """Write down a file with names that was made for a person without a page, by a command.

    Args:
        pupils: how many names, by the id of their school.
    """
    noted = {
        _Shown(str(NamesKind.FILE), school_id, None, None): count
        for school_id, count in pupils.items()
    }
    if noted:
        _write(noted, by, "", "")


def _write(noted: Mapping[_Shown, int], user: User, roles: str, address: str) -> None:
    now = timezone.now()
    slot = int(now.timestamp() // settings.TRAIL_SLOT.total_seconds())
    common = {
        "at": now,
        "last_at": now,
        "user_id": user.pk,
        "user_name": str(user)[:150],
        "roles": roles,
        "address": address,
        "request_id": log_context.request_id(),
    }
    rows = []
    for shown, count in noted.items():
        same = repr((user.pk, shown, count, address, common["roles"], slot))
        rows.append(
            NamesShown(
                key=hashlib.blake2b(same.encode(), digest_size=16).hexdigest(),
                kind=shown.kind,
                school_id=shown.school_id,
                school_class_id=shown.class_id,
                pupil_id=shown.pupil_id,
                names=count,
                **common,
            )
        )
    NamesShown.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["key"], update_fields=["last_at"]
    )
