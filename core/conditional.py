"""What a browser or a program has already is not carried a second time (RFC 9110, 13.1.2).

An answer that may be compared says so (`compare`, `keep_in_browser`); the middleware names its
content by an ETag and answers 304 to whom has it. It is made whole before: what is compared is
what would have been sent, so no right and no row is left out, and the trail of names is written.

A name of content is one of a session. After signing in anew, or for anybody else at the same
computer, nothing that was kept is the same, so that a 304 never shows one person what another
was sent.
"""

import base64
import hmac
import re
from typing import TypeVar, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers, get_conditional_response

from .types import GetResponse

Answer = TypeVar("Answer", bound=HttpResponseBase)
# What is made anew for every answer. A token is good as long as the secret behind it, which is
# compared instead; an operation id is good until it was taken, and then the page says so; what
# o'clock it is an answer says in its Date too. No text of a person looks like these: quotation
# marks in it are escaped.
FRESH = re.compile(
    rb'name="(?:csrfmiddlewaretoken|operation_id)" value="[^"]*"|"(?:now|csrf_token)":"[^"]*"'
)
METHODS = ("GET", "HEAD")
MARKED = "is_compared"
# What the browser may do with a page that it keeps: ask each time whether it is still the same.
KEPT = "private, no-cache"


def compare(response: Answer) -> Answer:
    """Let the answer be named, and carried only to whom has it not yet; returns the answer."""
    setattr(response, MARKED, True)
    return response


def keep_in_browser(response: Answer) -> Answer:
    """The same, and the browser keeps it: what its reader's device keeps anyway (ADR 106)."""
    response.headers["Cache-Control"] = KEPT
    return compare(response)


def is_kept(response: HttpResponseBase) -> bool:
    """Whether the browser keeps the answer."""
    return response.headers.get("Cache-Control") == KEPT


def keep_nowhere(response: HttpResponseBase) -> None:
    """Take back what `keep_in_browser` said of an answer."""
    del response.headers["Cache-Control"]
    add_never_cache_headers(response)
    setattr(response, MARKED, False)


class ConditionalMiddleware:
    """Names the answers that are compared, and leaves their body out for whom has it.

    Outside of all that may still change a page, such as a draft that is filled in.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if (
            request.method not in METHODS
            or response.status_code != 200
            or response.streaming
            or not getattr(response, MARKED, False)
        ):
            return response
        named = cast("HttpResponse", response)
        etag = named.headers["ETag"] = name_of(request, named.content)
        return get_conditional_response(request, etag=etag, response=named) or named


def name_of(request: HttpRequest, content: bytes) -> str:
    """The ETag of an answer's content in the session it was asked in."""
    session = getattr(request, "session", None)
    key = getattr(session, "session_key", None) or ""
    # An access key's call has no session: its own text tells it apart from all others.
    whose = [key, request.META.get("CSRF_COOKIE") or "", request.META.get("HTTP_AUTHORIZATION", "")]
    digest = hmac.new(settings.SECRET_KEY.encode(), digestmod="sha256")
    digest.update(repr(whose).encode())
    digest.update(FRESH.sub(b"", content))
    return f'"{base64.urlsafe_b64encode(digest.digest()[:18]).decode()}"'
