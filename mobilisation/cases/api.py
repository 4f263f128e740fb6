"""Cases of children for other programs: read, and home visits noted."""

import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from core.api import SINCE, ApiRequest, Endpoint, Listing, Problem, answers, in_our_time, refusal
from core.api_operations import operation_of
from core.changes import with_moment
from core.permissions import KeyScope
from core.permissions import Permission as P
from core.services.operations import Done
from schools.access_trail import names_shown
from schools.enums import NamesKind

from ..models.cases import CAUSES, ChildCase, FamilyVisit
from . import services
from .selectors import cases as selectors

# Where an operation led: the visit it became.
LED_TO = "family-visit:"

VISIT = OpenApiExample(
    "invented",
    request_only=True,
    value={
        "op_id": "6a2f41a3-c54c-4a3e-8d11-2f6b8d1f3c04",
        "made_on": "2026-10-12",
        "way": "visit",
        "who": "Cô giáo chủ nhiệm",
        "found": "Em ở nhà trông em nhỏ.",
        "promise": "Thứ hai đi học lại.",
        "next_on": "2026-10-19",
    },
)


class FamilyVisitSerializer(serializers.Serializer[Any]):
    """A visit at home, or a call."""

    id = serializers.IntegerField()
    case = serializers.IntegerField(source="case_id")
    made_on = serializers.DateField()
    way = serializers.ChoiceField(FamilyVisit.Way.choices)
    who = serializers.CharField(help_text="who went")
    found = serializers.CharField(help_text="what was found")
    promise = serializers.CharField(help_text="what the family promised")
    next_on = serializers.DateField(allow_null=True)
    recorded_at = serializers.DateTimeField(help_text="when the server took it")


class VisitReceiptSerializer(FamilyVisitSerializer):
    """A visit that was sent, with the id it was sent under: what a device waits for."""

    op_id = serializers.UUIDField()


class CaseSerializer(serializers.Serializer[Any]):
    """A child to be brought, or brought back, to school."""

    id = serializers.IntegerField()
    child = serializers.CharField(
        allow_null=True, help_text="name; null for a key that does not read names"
    )
    commune = serializers.CharField(source="commune.code")
    commune_name = serializers.CharField(source="commune.title")
    village = serializers.CharField()
    kind = serializers.ChoiceField(ChildCase.Kind.choices)
    state = serializers.ChoiceField(ChildCase.State.choices)
    owner = serializers.CharField(help_text="who answers for it")
    opened_on = serializers.DateField()
    due_on = serializers.DateField()
    is_late = serializers.BooleanField(help_text="open, and the deadline is over")
    causes = serializers.ListField(child=serializers.ChoiceField(CAUSES))
    outcome = serializers.CharField(help_text="empty while it is open")
    closed_on = serializers.DateField(allow_null=True)
    visits = serializers.IntegerField(help_text="visits and calls so far")
    last_visit_on = serializers.DateField(allow_null=True)
    next_visit_on = serializers.DateField(allow_null=True, help_text="as the last one agreed")
    updated_at = serializers.DateTimeField(help_text="of the case itself, or of its last visit")


class CasesQuery(serializers.Serializer[Any]):
    """Which cases are asked for."""

    area = serializers.CharField(required=False, max_length=10)
    state = serializers.ChoiceField(ChildCase.State.choices, required=False)
    late = serializers.BooleanField(required=False, default=False)


class Cases(Listing):
    """Cases of the caller's places, by village. Names are given to a session and to a key that
    reads class lists; each list leaves its trail."""

    needs = (P.FOLLOW_CHILDREN,)
    key_scopes = {"GET": frozenset({KeyScope.FIGURES, KeyScope.ROLLS})}
    serializer_class = CaseSerializer

    @extend_schema(
        operation_id="cases",
        summary="Children to be brought to school",
        parameters=[
            OpenApiParameter("area", str, description="code of a commune"),
            OpenApiParameter("state", str, enum=ChildCase.State.values),
            OpenApiParameter("late", bool, description="only those past their deadline"),
            *SINCE,
        ],
        responses=answers(400, 404, http_200=CaseSerializer(many=True)),
    )
    def get(self, request: ApiRequest) -> Response:
        asked = CasesQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        query, today = asked.validated_data, request.scope.date
        found = selectors.followed_by(request.scope).prefetch_related("causes", "visits")
        if code := query.get("area"):
            found = found.filter(commune__code=code)
        if query.get("state"):
            found = found.filter(state=query["state"])
        if query["late"]:
            found = found.filter(state=ChildCase.State.OPEN, due_on__lt=today)
        named = request.auth is None or KeyScope.ROLLS in request.auth.scope_set
        page = self.paginate_queryset(self.by_changes(with_moment(found))) or []
        if named:
            names_shown(request, NamesKind.API, count=len(page))  # type: ignore[arg-type]  # DRF's
        rows = [_case(each, named=named, is_late=each.is_late(today)) for each in page]
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


class NewVisitSerializer(serializers.Serializer[Any]):
    """A visit as it is sent."""

    op_id = serializers.UUIDField(help_text="made once for this content; safe to send again")
    made_on = serializers.DateField()
    way = serializers.ChoiceField(FamilyVisit.Way.choices, default=FamilyVisit.Way.VISIT)
    who = serializers.CharField(max_length=200)
    found = serializers.CharField(max_length=2000)
    promise = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    next_on = serializers.DateField(required=False, allow_null=True, default=None)
    sender = serializers.CharField(
        required=False,
        max_length=150,
        help_text="user name the visit was written under; another caller is refused",
    )

    def validate_made_on(self, value: datetime.date) -> datetime.date:
        return in_our_time(value)

    def validate_next_on(self, value: datetime.date | None) -> datetime.date | None:
        return None if value is None else in_our_time(value)


class VisitsOfCase(Endpoint):
    """Visits at the home of a child, and calls: noted once however often they are sent."""

    needs = (P.FOLLOW_CHILDREN,)
    key_scopes = {"POST": frozenset({KeyScope.REGISTERS})}
    throttle_scope = "registers"

    @extend_schema(
        operation_id="case_visit",
        summary="Note a visit at home or a call",
        examples=[VISIT],
        request=NewVisitSerializer,
        responses={
            **answers(400, 404, 413, 415, http_201=VisitReceiptSerializer),
            200: OpenApiResponse(VisitReceiptSerializer, "The same operation was sent before."),
            **refusal(409, "`operation_reused`: the id stands for something else."),
            **refusal(422, "`refused`: the case is closed, or a day cannot be."),
        },
    )
    def post(self, request: ApiRequest, case_id: int) -> Response:
        case = selectors.case_for(request.scope, case_id)
        if case is None:
            raise Http404
        sent = NewVisitSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        told = dict(sent.validated_data)
        operation = operation_of(request, told)

        def note() -> Done[FamilyVisit]:
            visit = services.add_visit(case=case, by=operation.by, **told)
            return visit, f"{LED_TO}{visit.pk}", []

        try:
            outcome = operation.once(note)
        except ValidationError as error:
            raise Problem(
                "refused", " ".join(error.messages), status.HTTP_422_UNPROCESSABLE_ENTITY
            ) from error
        visit = outcome.answer
        if visit is None and outcome.operation is not None:
            visit = selectors.visit_of(case, int(outcome.operation.leads_to.removeprefix(LED_TO)))
        if visit is None:
            raise Http404
        code = status.HTTP_201_CREATED if outcome.is_new else status.HTTP_200_OK
        receipt = FamilyVisitSerializer(visit).data | {"op_id": str(operation.id)}
        return Response(receipt, status=code)


def _case(case: Any, *, named: bool, is_late: bool) -> dict[str, Any]:
    """The values of a `ChildCase` with its `updated_at`."""
    # The latest first, by the order of the model.
    visits = list(case.visits.all())
    return {
        "id": case.pk,
        "child": case.child_name if named else None,
        "commune": case.commune,
        "village": case.village,
        "kind": case.kind,
        "state": case.state,
        "owner": str(case.owner),
        "opened_on": case.opened_on,
        "due_on": case.due_on,
        "is_late": is_late,
        "causes": [each.cause for each in case.causes.all()],
        "outcome": case.outcome,
        "closed_on": case.closed_on,
        "visits": len(visits),
        "last_visit_on": visits[0].made_on if visits else None,
        "next_visit_on": visits[0].next_on if visits else None,
        "updated_at": case.updated_at,
    }
