"""How the API refuses: problem details of RFC 9457, whoever stopped the call.

A view, a middleware, Django's own handlers: each makes its refusal here, so that a program reads
one shape. The type is the kind of problem and leads to the list of all kinds; `code` is its last
part. `message` and `errors` are older than the RFC and stay for who reads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _

from .types import JSON, StrOrPromise

API = "/api/"
MEDIA_TYPE = "application/problem+json"
# Where the kinds are listed; a type is this address and the code behind "#".
LIST = "/api/v1/problems/"


@dataclass(frozen=True)
class Kind:
    """A kind of problem: its code, the statuses it comes with, its title."""

    code: str
    statuses: frozenset[int]
    title: StrOrPromise

    @property
    def type(self) -> str:
        return f"{LIST}#{self.code}"


_kinds: dict[str, Kind] = {}


def declare(code: str, statuses: int | tuple[int, ...], title: StrOrPromise) -> None:
    """Name a kind of problem, once, by the package whose refusal it is.

    Raises ValueError for a code that was declared before.
    """
    if code in _kinds:
        raise ValueError(code)
    many = (statuses,) if isinstance(statuses, int) else statuses
    _kinds[code] = Kind(code, frozenset(many), title)


def kinds() -> list[Kind]:
    """All kinds, by status and code."""
    return sorted(_kinds.values(), key=lambda kind: (min(kind.statuses), kind.code))


def body_of(
    status: int, code: str, detail: StrOrPromise, *, instance: str, **more: Any
) -> dict[str, Any]:
    """The members of a problem.

    Args:
        detail: what a person can do about it.
        instance: the address that was called.
        more: members of this kind, plain values; `message` where people at a page read another
            sentence than who writes a program.
    """
    kind = _kinds.get(code)
    return {
        # What no package declared says no more than its status (RFC 9457, 4.2.1).
        "type": kind.type if kind else "about:blank",
        "title": str(kind.title) if kind else HTTPStatus(status).phrase,
        "status": int(status),
        "detail": str(detail),
        "instance": instance,
        "code": code,
        "message": str(detail),
        **more,
    }


def answer(
    request: HttpRequest,
    status: int,
    code: str,
    detail: StrOrPromise,
    *,
    headers: Mapping[str, str] | None = None,
) -> JsonResponse:
    """The refusal of what is no view of the API: a middleware, a handler of Django."""
    return JsonResponse(
        body_of(status, code, detail, instance=request.path),
        status=status,
        content_type=media_type(request.headers),
        headers=dict(headers or {}),
    )


def media_type(headers: Mapping[str, str]) -> str:
    """`MEDIA_TYPE`, but for a script of ours that a phone kept from an older version.

    It takes for an answer of ours only what is called application/json, and would hold a refusal
    for the page of a captive portal. Scripts of today name the new type.
    """
    of_a_page = "Sec-Fetch-Site" in headers or "X-CSRFToken" in headers
    if of_a_page and MEDIA_TYPE not in headers.get("Accept", ""):
        return "application/json"
    return MEDIA_TYPE


def violations(errors: JSON, *, in_body: bool) -> list[dict[str, str]]:
    """Each sentence about a value, with where the value stands.

    Args:
        errors: what serializers say, nested as the values are.
        in_body: whether the values came in the body. There `pointer` is a JSON pointer
            (RFC 6901) as a fragment; of a query `parameter` is its name.
    """
    found = []
    for path, sentence in _sentences(errors, ()):
        if in_body or not path:
            where = {"pointer": "#" + "".join(f"/{_escape(part)}" for part in path)}
        else:
            where = {"parameter": path[0]}
        code = str(getattr(sentence, "code", "") or "invalid")
        found.append({**where, "code": code, "detail": str(sentence)})
    return found


# Where serializers put what is wrong with a whole.
_WHOLE = {"", "non_field_errors"}


def _sentences(errors: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(errors, dict):
        for name, inner in errors.items():
            yield from _sentences(inner, path if name in _WHOLE else (*path, str(name)))
    elif isinstance(errors, list | tuple):
        for place, inner in enumerate(errors):
            nested = isinstance(inner, dict | list | tuple)
            yield from _sentences(inner, (*path, str(place)) if nested else path)
    else:
        yield path, errors


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


declare("invalid", 400, _("Some values are missing or wrong"))
declare("parse_error", 400, _("The body cannot be read"))
declare("bad_request", 400, _("The call cannot be understood"))
declare("unreadable", 400, _("The call cannot be read"))
declare("too_many_values", 400, _("Too many values at once"))
declare("too_many_marks", 400, _("Too many accents on one letter"))
declare("no_text", 400, _("Characters that cannot be stored"))
declare("too_long", (400, 414), _("The address or a text is too long"))
declare("not_authenticated", 401, _("Nobody is signed in and there is no key"))
declare("authentication_failed", 401, _("The key or session is not valid"))
declare("permission_denied", 403, _("The right is not held here"))
declare("key_scope", 403, _("The key was made for something else"))
declare("another_person", 403, _("Written by another person"))
declare("not_found", 404, _("Nothing at this address"))
declare("method_not_allowed", 405, _("The address has no such method"))
declare("not_acceptable", 406, _("No answer of the kind asked for"))
declare("operation_reused", 409, _("The operation id stands for something else"))
declare("too_large", 413, _("Too much at once"))
declare("unsupported_media_type", 415, _("The body is of another kind than can be read"))
declare("unsupported_charset", 415, _("Only text in UTF-8 can be read"))
declare("refused", 422, _("Well-formed, but cannot be so"))
declare("state", 422, _("Not possible in its present state"))
declare("throttled", 429, _("Too many calls in a minute"))
declare("error", 500, _("A fault of the server"))
declare("busy", 503, _("Others are writing at this moment"))
declare("maintenance", 503, _("A new version is being installed"))
declare("away", 503, _("The server is away for a moment"))
