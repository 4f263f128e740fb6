"""The gate of every request: how much may be sent, and of what kind, before anything reads it."""

import codecs
import math

from django.conf import settings
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.forms.formsets import TOTAL_FORM_COUNT
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    QueryDict,
    UnreadablePostError,
)
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from . import problems
from .text import TextRefused, check_sent
from .types import GetResponse, View

UNREADABLE = "unreadable"
MEBIBYTE = 1024 * 1024
# Bytes of the whole body: the largest workbook (10 MB) and the fields beside it.
MOST_BYTES = 12 * MEBIBYTE
# Bytes of a body without a session: a sign-in has some 200.
MOST_ANONYMOUS_BYTES = 8 * 1024
# The same of a browser that has been here, whose session may have ended over a form
# (settings.MAY_CARRY_A_DRAFT): 64 KiB of text, of which a browser sends each byte as three.
MOST_DRAFT_BYTES = 3 * 64 * 1024 + 4096
# Bytes of the part of the address behind "?", and of all cookies together.
MOST_QUERY_BYTES = 8 * 1024
MOST_COOKIE_BYTES = 8 * 1024
# Characters of one value of a form: the longest box takes 5,000 (what a visit found).
MOST_VALUE_CHARACTERS = 10_000
# Values behind "?", counting ?id=1&id=2 as two.
MOST_QUERY_VALUES = 200
# Of the name of a field or file: no system gives a file more than 255.
MOST_NAME_CHARACTERS = 300
# Rows of one formset: Django makes two thousand empty ones of a large number.
MOST_ROWS = 200
# The greatest number that a key of either database has.
MOST_ID = 2**63 - 1
# Digits of a number that every database holds.
MOST_DIGITS = 18


class RequestRefused(Exception):
    """A request that is answered `status` with a `code` and a sentence, and not looked at."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


class BoundedRequestMiddleware:
    """Refuses what is too large or cannot be text; stands behind the one that knows the user.

    What lies within these bounds is judged by the forms and serializers, which name the field.
    JSON is bounded where it is read (`core.api.BoundedJSONParser`).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            _check_size(request)
            _check_address(request)
            _check_form(request)
        except RequestRefused as refusal:
            return refuse(request, refusal)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> None:
        """A number in an address that no column holds names nothing."""
        if any(isinstance(value, int) and value > MOST_ID for value in kwargs.values()):
            raise Http404


def refuse(request: HttpRequest, refusal: RequestRefused) -> HttpResponse:
    """The answer to a `RequestRefused`: a page for people, the API's shape for machines."""
    if request.path.startswith(problems.API):
        return problems.answer(request, refusal.status, refusal.code, refusal.message)
    # The heading of the page says as much already.
    problem = "" if refusal.code == UNREADABLE else refusal.message
    page = render_to_string("400.html", {"problem": problem})
    return HttpResponse(page, status=refusal.status)


def refuse_text(request: HttpRequest, error: TextRefused) -> HttpResponse:
    """The answer to a text that no form refused before."""
    return refuse(request, _refusal_of_text(error))


def _check_size(request: HttpRequest) -> None:
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise _unreadable() from None
    if length > MOST_BYTES:
        raise _too_large(MOST_BYTES // MEBIBYTE, _("At most %(limit)s MiB can be sent at once."))
    # Who calls the API with a key is known there, before the body is read.
    has_key = request.path.startswith(problems.API) and "HTTP_AUTHORIZATION" in request.META
    if length <= MOST_ANONYMOUS_BYTES or has_key or _is_signed_in(request):
        return
    may_be_long = import_string(settings.MAY_CARRY_A_DRAFT)
    most = MOST_DRAFT_BYTES if may_be_long(request) else MOST_ANONYMOUS_BYTES
    if length > most:
        raise _too_large(
            most // 1024,
            _("At most %(limit)s KiB can be sent by somebody who is not signed in."),
        )


def _is_signed_in(request: HttpRequest) -> bool:
    _check_cookies(request)
    return request.user.is_authenticated


def _check_address(request: HttpRequest) -> None:
    if len(request.META.get("QUERY_STRING", "")) > MOST_QUERY_BYTES:
        raise RequestRefused(414, "too_long", _("The address is too long."))
    _check_charset(request)
    _check_cookies(request)
    if "\x00" in request.path:
        raise _unreadable()
    _check_values(request, "GET", most=MOST_QUERY_VALUES)


def _check_charset(request: HttpRequest) -> None:
    """Python knows encodings that are no text, and some that take for ever."""
    charset = (request.content_params or {}).get("charset", "utf-8")
    try:
        is_ours = codecs.lookup(charset).name in ("utf-8", "ascii")
    except (LookupError, ValueError):
        is_ours = False
    if not is_ours:
        raise RequestRefused(415, "unsupported_charset", _("Only text in UTF-8 can be read."))


def _check_cookies(request: HttpRequest) -> None:
    if len(request.META.get("HTTP_COOKIE", "")) > MOST_COOKIE_BYTES:
        raise _unreadable()
    # A quoted cookie can hold what no header can: "\000".
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    if key and not (key.isascii() and key.isalnum()):
        del request.COOKIES[settings.SESSION_COOKIE_NAME]
        request.session = type(request.session)(None)


def _check_form(request: HttpRequest) -> None:
    """Only forms are looked at here; reading the body of a call would take it from the API."""
    if request.path.startswith(problems.API) or request.method in ("GET", "HEAD"):
        return
    _check_values(request, "POST", most=settings.DATA_UPLOAD_MAX_NUMBER_FIELDS)
    _check_counts(request.POST)
    for name, files in request.FILES.lists():
        for text in (name, *(file.name or "" for file in files)):
            _check_text(text, MOST_NAME_CHARACTERS)


def _check_values(request: HttpRequest, method: str, *, most: int) -> None:
    values = _read(request, method)
    if sum(len(each) for _name, each in values.lists()) > most:
        raise RequestRefused(400, "too_many_values", _("Too many values were sent at once."))
    for name, each in values.lists():
        _check_text(name, MOST_NAME_CHARACTERS)
        most = MOST_DRAFT_BYTES if name in settings.SEALED_FIELDS else MOST_VALUE_CHARACTERS
        for value in each:
            _check_text(value, most)


def _check_counts(sent: QueryDict) -> None:
    """What Django's formsets and admin believe: how many rows there are, which are meant."""
    for name in sent:
        is_count = name.endswith(f"-{TOTAL_FORM_COUNT}")
        if is_count and _number(str(sent[name])) > MOST_ROWS:
            raise RequestRefused(400, "too_many_values", _("Too many values were sent at once."))
    if any(_number(value) == math.inf for value in sent.getlist(ACTION_CHECKBOX_NAME)):
        raise _unreadable()


def _number(text: str) -> float:
    """The whole number a text is, infinite when it is none of the database."""
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else math.inf


def _read(request: HttpRequest, method: str) -> QueryDict:
    try:
        return getattr(request, method)
    except RequestDataTooBig:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // MEBIBYTE
        raise _too_large(limit, _("At most %(limit)s MiB of text can be sent at once.")) from None
    except (TooManyFieldsSent, TooManyFilesSent):
        raise RequestRefused(
            400, "too_many_values", _("Too many values were sent at once.")
        ) from None
    except (MultiPartParserError, BadRequest, UnreadablePostError, LookupError, ValueError):
        # A header of a part may name an encoding that does not exist.
        raise _unreadable() from None


def _check_text(text: str, most: int) -> None:
    try:
        check_sent(text, most=most)
    except TextRefused as error:
        raise _refusal_of_text(error) from None


def _refusal_of_text(error: TextRefused) -> RequestRefused:
    return RequestRefused(400, error.code, " ".join(error.messages))


def _too_large(limit: int, sentence: str) -> RequestRefused:
    return RequestRefused(413, "too_large", sentence % {"limit": limit})


def _unreadable() -> RequestRefused:
    return RequestRefused(400, UNREADABLE, _("What was sent cannot be read"))
