"""What every address of the API is made of: who may, how much at once, how it says no.

An `Endpoint` is a DRF view that declares its right as pages do (`core.permissions`), so
that the same check and the same table of permissions cover both. Every refusal has one shape,
that of `core.problems`.
"""

from __future__ import annotations

import datetime
import logging
import time
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import IO, TYPE_CHECKING, Any, Protocol, TypeAlias, cast

from csp.constants import NONE
from csp.decorators import csp
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
)
from redis.exceptions import RedisError
from rest_framework import exceptions, serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView, exception_handler

from core import bounded_json, problems
from core.permissions import ANY_KEY, DeclaredView, KeyScope, Permission
from core.scope import Scope
from core.types import JSON, StrOrPromise

from .conditional import compare
from .jobs.dispatch import CircuitBreaker

if TYPE_CHECKING:
    from rest_framework.views import AsView, GenericView

logger = logging.getLogger(__name__)
counting = CircuitBreaker()

FIRST_DAY, LAST_DAY = datetime.date(2000, 1, 1), datetime.date(2100, 12, 31)
ON = OpenApiParameter("on", datetime.date, description="Day asked about; today by default.")
MOST_BYTES = 2 * 1024 * 1024
# A short policy for answers that are no page: a phone pays for every byte.
NOTHING = {"default-src": [NONE], "frame-ancestors": [NONE]}
PAUSE_AFTER_FAULT = 30.0  # seconds


# What Django REST framework has an answer to.
Refusal: TypeAlias = exceptions.APIException | Http404 | PermissionDenied


class Key(Protocol):
    """An access key: what it was made for, and a way to note that it was refused."""

    @property
    def scope_set(self) -> frozenset[str]: ...
    def note_refusal(self, why: str) -> None: ...


class ApiRequest(Request):
    """A call as endpoints get it: with the scope of its person, and the key it came with."""

    scope: Scope
    auth: Key | None


class Problem(exceptions.APIException):
    """A refusal with a code, a sentence and what else the caller should know.

    Args:
        code: of a kind that `core.problems` knows.
        message: sentence for people at a page.
        status_code: HTTP status.
        detail: sentence for who writes a program, when that is another one.
        more: further members of the answer, plain values.
    """

    def __init__(
        self,
        code: str,
        message: StrOrPromise,
        status_code: int,
        *,
        detail: StrOrPromise = "",
        **more: Any,
    ) -> None:
        super().__init__(detail or message, code)
        self.code = code
        self.status_code = status_code
        self.more = {"message": str(message), **more}


class BoundedJSONParser(BaseParser):
    """JSON of at most MOST_BYTES, with texts, numbers and nesting of a sensible size.

    Not DRF's own parser, whose body is in memory before the parser is asked.
    """

    media_type = "application/json"

    def parse(  # type: ignore[override]  # stub: never a list
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> JSON:
        request = (parser_context or {})["request"]
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        if length > MOST_BYTES:
            raise Problem(
                "too_large",
                _("At most 2 MiB can be sent in one call."),
                status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
            )
        try:
            return bounded_json.read(stream.read(MOST_BYTES + 1))
        except bounded_json.JSONRefused as refusal:
            raise exceptions.ParseError(str(refusal)) from refusal


class Throttle(SimpleRateThrottle):
    """A rate for each person (or address, when nobody is signed in) and kind of call.

    The counts live in the cache. A cache that fails lets calls through and is left alone for
    PAUSE_AFTER_FAULT: registers matter more than limits.
    """

    timer = staticmethod(time.time)

    def __init__(self) -> None:
        # Not as DRF's does: the rate depends on the view.
        self.cache = cache

    def allow_request(self, request: Request, view: APIView) -> bool:
        if not counting.may_try(PAUSE_AFTER_FAULT):
            return True
        signed_in = request.user is not None and request.user.is_authenticated
        self.scope = cast("Endpoint", view).throttle_scope if signed_in else "anonymous"
        self.rate = self.get_rate()
        self.num_requests, self.duration = self.parse_rate(self.rate)
        try:
            allowed = super().allow_request(request, view)
        except (RedisError, OSError) as error:
            counting.failed(PAUSE_AFTER_FAULT)
            logger.warning("calls are not counted, the cache fails: %s", error)
            return True
        counting.worked()
        return allowed

    def get_cache_key(self, request: Request, view: APIView) -> str:
        who = request.user.pk if request.user.is_authenticated else self.get_ident(request)
        return f"throttle:{self.scope}:{who}"


class Endpoint(APIView):
    """One address of the API.

    Attributes:
        needs: permissions, one of which must be held somewhere; () = any signed-in user.
        why: for an endpoint without `needs`, why that is right.
        key_scopes: {method: scopes of access keys, one of which is enough}; of every method.
        throttle_scope: name of its rate in settings.REST_FRAMEWORK.
    """

    needs: tuple[Permission, ...] = ()
    why = ""
    key_scopes: Mapping[str, AbstractSet[KeyScope]] = {}
    parser_classes = [BoundedJSONParser]
    throttle_classes = [Throttle]
    throttle_scope = "read"

    @classmethod
    def as_view(cls, **initkwargs: Any) -> AsView[GenericView]:
        undeclared = [
            method
            for method in ("get", "put", "post", "patch", "delete")
            if hasattr(cls, method) and not cls.key_scopes.get(method.upper())
        ]
        if undeclared:
            raise ImproperlyConfigured(f"{cls.__name__}: no key_scopes for {undeclared}")
        view = cast("DeclaredView", csp(NOTHING)(super().as_view(**initkwargs)))
        view.access = ("permission", cls.needs) if cls.needs else ("signed_in", cls.why)
        # The middleware would lead to the sign-in page; a machine is told 401 instead.
        view.login_required = False
        return cast("AsView[GenericView]", view)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method not in self.allowed_methods:
            raise exceptions.MethodNotAllowed(request.method or "")
        try:
            super().initial(request, *args, **kwargs)
        except (exceptions.AuthenticationFailed, exceptions.NotAuthenticated):
            # Who guesses keys is counted as well: DRF asks for the rate only afterwards.
            self.check_throttles(request)
            raise
        self._check_key(request)
        if self.needs and not any(
            cast("ApiRequest", request).scope.may(each) for each in self.needs
        ):
            raise exceptions.PermissionDenied

    def _check_key(self, request: Request) -> None:
        """A key does what it was made for; a browser's session has no key."""
        key = cast("ApiRequest", request).auth
        if key is None:
            return
        method = "GET" if request.method == "HEAD" else str(request.method)
        if not key.scope_set & self.key_scopes[method]:
            key.note_refusal("key_scope")
            raise Problem(
                "key_scope",
                _("This access key was not made for that. Make one with the scope it needs."),
                status.HTTP_403_FORBIDDEN,
            )

    @property
    def allowed_methods(self) -> list[str]:
        return [method for method in super().allowed_methods if method != "OPTIONS"]

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        # No browser keeps it; a program that names what it has (If-None-Match) gets no body.
        add_never_cache_headers(response)
        return compare(response)


def in_our_time(day: datetime.date) -> datetime.date:
    """The day itself; raises ValidationError when its year is not of our time."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise serializers.ValidationError(_("Give a day of the years 2000 to 2100."))
    return day


class OnDay(serializers.Serializer):
    """The day a list is asked for."""

    on = serializers.DateField(required=False)

    def validate_on(self, value: datetime.date) -> datetime.date:
        return in_our_time(value)


def day_asked(request: Request) -> datetime.date:
    """The day of ?on=, today by default; refuses what is no day of our time."""
    asked = OnDay(data=request.query_params)
    asked.is_valid(raise_exception=True)
    return asked.validated_data.get("on") or timezone.localdate()


UPDATED_SINCE = OpenApiParameter(
    "updated_since",
    datetime.datetime,
    description="Only rows changed at this moment or after it, in the order of their change: "
    "the last `updated_at` that was seen. A row may come twice; `next` goes on behind the last.",
)
AFTER = OpenApiParameter(
    "after",
    int,
    description="With updated_since: of the rows of that very moment, those with a greater id.",
)
SINCE = [UPDATED_SINCE, AFTER]


class MomentField(serializers.DateTimeField):
    """A moment of our time in ISO 8601."""

    def to_internal_value(self, value: Any) -> datetime.datetime:
        if isinstance(value, str) and "T" in value:
            # The "+" of an offset that nobody encoded is a space by now.
            value = value.replace(" ", "+")
        moment = super().to_internal_value(value)
        in_our_time(moment.date())
        return moment


class Since(serializers.Serializer):
    """From which change on a list is asked for."""

    updated_since = MomentField(required=False)
    after = serializers.IntegerField(required=False, min_value=0, max_value=2**63 - 1, default=0)


class Pages(PageNumberPagination):
    """Lists of 100, at most 500 with ?page_size=; {"count", "next", "previous", "results"}.

    Of a list by its changes `next` names the last row instead of a page: what is changed
    meanwhile goes to the end, and the pages behind it would move by one.
    """

    def get_next_link(self) -> str | None:
        link = super().get_next_link()
        assert self.request is not None
        assert self.page is not None  # both by `paginate_queryset`
        if link is None or "updated_since" not in self.request.query_params:
            return link
        last = self.page[-1]
        moment = last.updated_at.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
        link = replace_query_param(link, "updated_since", moment)
        return remove_query_param(replace_query_param(link, "after", last.pk), "page")

    page_size = 100
    max_page_size = 500
    page_size_query_param = "page_size"
    invalid_page_message = gettext_lazy(  # type: ignore[assignment]  # stub: no lazy text
        "There is no such page."
    )


class Listing(Endpoint, GenericAPIView):
    """A list cut into pages."""

    pagination_class = Pages

    def by_changes(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows changed since ?updated_since=, by that; all in their own order without it.

        Args:
            rows: with `updated_at` (`core.changes`), which two rows may share.
        """
        asked = Since(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        since = asked.validated_data.get("updated_since")
        if since is None:
            return rows
        after = Q(updated_at__gt=since) | Q(updated_at=since, pk__gt=asked.validated_data["after"])
        return rows.filter(after).order_by("updated_at", "pk")

    def answer(self, rows: QuerySet[Any] | Sequence[Any]) -> Response:
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


def refuse(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: one shape for every refusal."""
    answer = exception_handler(error, context)
    if answer is None:
        return None
    request = context["request"]
    answer.data = _body_of(cast("Refusal", error), answer.status_code, request)
    answer.content_type = problems.media_type(request.headers)
    # Also where the answer would be of another kind, as that of the schema.
    request.accepted_renderer = JSONRenderer()
    request.accepted_media_type = JSONRenderer.media_type
    return answer


def _body_of(error: Refusal, status_code: int, request: Request) -> dict[str, Any]:
    code, detail, more = _told(error, in_body=request.method not in ("GET", "HEAD"))
    return problems.body_of(status_code, code, detail, instance=request.path, **more)


def _told(error: Refusal, *, in_body: bool) -> tuple[str, StrOrPromise, dict[str, Any]]:
    """(code, detail, further members) of a refusal."""
    if isinstance(error, Problem):
        return error.code, str(error.detail), error.more
    if isinstance(error, exceptions.ValidationError):
        return (
            "invalid",
            _("Some values are missing or wrong; nothing was written."),
            {
                "errors": error.detail if isinstance(error.detail, dict) else {"": error.detail},
                "violations": problems.violations(cast("JSON", error.detail), in_body=in_body),
            },
        )
    if isinstance(error, Http404 | exceptions.NotFound):
        return "not_found", _("There is nothing at this address."), {}
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        return "permission_denied", _("You have no right to do this here."), {}
    return str(error.get_codes()), str(error.detail), {}


class ViolationSerializer(serializers.Serializer):
    """One value that is wrong, and where it stands."""

    pointer = serializers.CharField(
        required=False, help_text="JSON pointer into the body, as a fragment: #/marks/0/kind"
    )
    parameter = serializers.CharField(required=False, help_text="or the name behind ? in a query")
    code = serializers.CharField()
    detail = serializers.CharField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "a wrong value",
            response_only=True,
            value={
                "type": "/api/v1/problems/#invalid",
                "title": "Có giá trị thiếu hoặc sai",
                "status": 400,
                "detail": "Có giá trị thiếu hoặc sai; chưa ghi gì.",
                "instance": "/api/v1/registers/17/2026-10-12/am/",
                "code": "invalid",
                "message": "Có giá trị thiếu hoặc sai; chưa ghi gì.",
                "errors": {"marks": {"1": {"kind": ["Trường này là bắt buộc."]}}},
                "violations": [
                    {
                        "pointer": "#/marks/1/kind",
                        "code": "required",
                        "detail": "Trường này là bắt buộc.",
                    }
                ],
            },
            status_codes=["400"],
        )
    ]
)
class ProblemSerializer(serializers.Serializer):
    """The shape of every refusal (RFC 9457), for the schema."""

    type = serializers.CharField(help_text="the kind, a reference into the list of problems")
    title = serializers.CharField(help_text="of the kind, the same each time")
    status = serializers.IntegerField(help_text="as the answer's own")
    detail = serializers.CharField(help_text="what can be done about it")
    instance = serializers.CharField(help_text="the address that was called")
    code = serializers.CharField(help_text="the last part of the type")
    message = serializers.CharField(help_text="as detail; where it differs, for a person at a page")
    # A field; Django REST framework takes it out of the class.
    errors = serializers.DictField(  # type: ignore[assignment]  # stub: a property of its name
        required=False, help_text="sentences by field, nested as the values are"
    )
    violations = ViolationSerializer(many=True, required=False)


REFUSALS = {
    400: "A value is missing or wrong.",
    401: "No token, or one that is unknown, expired or revoked.",
    403: "The right is not held here.",
    404: "Nothing there, or nothing the caller may know of.",
    405: "The address has no such method.",
    406: "The caller takes no JSON.",
    413: "More than 2 MiB were sent.",
    415: "The body is not JSON.",
    429: "Too many calls; Retry-After says when to go on.",
    503: "For the moment only; Retry-After says when to go on.",
}

# Of every operation, whatever it does.
EVERYWHERE = (401, 403, 405, 406, 429, 503)


def answers(*refusals: int, **ok: Any) -> dict[int, Any]:
    """Responses of an operation for the schema: `ok` as http_200=serializer, then refusals."""
    found: dict[int, Any] = {int(name.removeprefix("http_")): body for name, body in ok.items()}
    for code in (*EVERYWHERE, *refusals):
        found |= refusal(code, REFUSALS[code])
    return found


def refusal(
    status_code: int,
    description: str,
    body: type[serializers.Serializer[Any]] = ProblemSerializer,
) -> dict[int, Any]:
    """One refusal of an operation for the schema."""
    return {status_code: OpenApiResponse(body, description)}


class ProblemKindSerializer(serializers.Serializer):
    """A kind of problem."""

    type = serializers.CharField()
    code = serializers.CharField()
    statuses = serializers.ListField(child=serializers.IntegerField())
    title = serializers.CharField()


class Problems(Endpoint):
    """Every kind of problem the API answers with: what `type` refers to."""

    why = "what a refusal means is no secret"
    key_scopes = {"GET": ANY_KEY}
    # Who is refused for want of a key reads it too.
    permission_classes = []

    @extend_schema(
        operation_id="problems",
        summary="Every kind of refusal",
        responses=answers(http_200=ProblemKindSerializer(many=True)),
    )
    def get(self, request: Request) -> Response:
        said = [
            {
                "type": each.type,
                "code": each.code,
                "statuses": sorted(each.statuses),
                "title": each.title,
            }
            for each in problems.kinds()
        ]
        return Response(ProblemKindSerializer(said, many=True).data)
