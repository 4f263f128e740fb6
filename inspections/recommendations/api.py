"""API of recommendations: what inspections asked of whom, and what a commune's own system, or a
school's, answers."""

from typing import Any, cast

from django.core.exceptions import ValidationError as Refused
from django.http import Http404
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from core.api import SINCE, ApiRequest, Endpoint, Listing, Problem, answers, in_our_time, refusal
from core.api_operations import operation_of
from core.permissions import KeyScope
from core.permissions import Permission as P
from core.services.operations import Done
from core.types import User
from core.workflow import IllegalTransition
from schools.areas.selectors.tree import area_version

from ..models import Recommendation
from ..selectors.visits import recommendation_to, recommendations_told_to
from ..services.visits import answer_recommendation
from ..severity import ASKED, NOT_RATED, wanted
from .selectors import lateness

# Where an operation led: the recommendation that was answered.
LED_TO = "recommendation:"

ANSWER = OpenApiExample(
    "invented",
    request_only=True,
    value={
        "op_id": "6a2f41a3-c54c-4a3e-8d11-2f6b8d1f3c02",
        "date": "2026-10-12",
        "text": "Nhà trường đã điểm danh đủ hai buổi từ ngày 05/10.",
    },
)


class RecommendationSerializer(serializers.Serializer[Any]):
    """What an inspection asked of a commune or a school, as it stands today."""

    id = serializers.IntegerField(source="row.pk")
    visit = serializers.IntegerField(source="row.visit_id", help_text="id of the inspection")
    commune = serializers.CharField(source="row.visit.commune.code")
    commune_name = serializers.CharField(source="row.visit.commune.title")
    school = serializers.CharField(
        source="row.school.code",
        allow_null=True,
        default=None,
        help_text="code of the school it is made to; null for the commune itself",
    )
    visited_on = serializers.DateField(source="row.visit.visited_on")
    kind = serializers.ChoiceField(
        Recommendation.Kind.choices, source="row.kind", allow_blank=True, help_text="may be empty"
    )
    severity = serializers.ChoiceField(
        Recommendation.Severity.choices,
        source="row.severity",
        allow_blank=True,
        help_text="of what was found; empty when it was not rated",
    )
    text = serializers.CharField(source="row.text")
    owner = serializers.CharField(source="row.owner", help_text="who answers for it, in words")
    due_on = serializers.DateField(source="row.due_on")
    state = serializers.ChoiceField(Recommendation.State.choices, source="row.state")
    days_late = serializers.IntegerField(source="late.days", help_text="0 once it is answered")
    shown_to = serializers.CharField(
        source="late.above.code",
        allow_null=True,
        default=None,
        help_text="code of the highest area it is shown to, overdue for too long",
    )
    remedy = serializers.CharField(source="row.remedy", help_text="what those inspected say")
    remedied_on = serializers.DateField(source="row.remedied_on", allow_null=True)
    answered_at = serializers.DateTimeField(source="row.answered_at", allow_null=True)
    reopened_at = serializers.DateTimeField(
        source="row.reopened_at",
        allow_null=True,
        help_text="when an answer was last found not to be enough",
    )
    done_on = serializers.DateField(source="row.done_on", allow_null=True)
    evidence = serializers.CharField(source="row.evidence", help_text="what confirms it")
    updated_at = serializers.DateTimeField(source="row.updated_at")


class RecommendationsQuery(serializers.Serializer[Any]):
    """Which recommendations are asked for."""

    area = serializers.CharField(required=False, max_length=20)
    state = serializers.ChoiceField(Recommendation.State.choices, required=False)
    severity = serializers.ChoiceField(ASKED, required=False)
    late = serializers.BooleanField(required=False, allow_null=True, default=None)


class AnswerSerializer(serializers.Serializer[Any]):
    """What those inspected did."""

    op_id = serializers.UUIDField(help_text="made once for this answer; safe to send again")
    date = serializers.DateField(help_text="the day it was done")
    text = serializers.CharField(max_length=2000, help_text="what was done, without a name")

    def validate_date(self, value: Any) -> Any:
        return in_our_time(value)


class Recommendations(Listing):
    """Recommendations to the caller's commune or school, of the caller's visits, and those that
    the caller's office follows; soonest due first."""

    needs = (P.ANSWER_RECOMMENDATIONS, P.VIEW_PLANS, P.RECORD_VISIT)
    key_scopes = {"GET": frozenset({KeyScope.FIGURES, KeyScope.ACTIONS})}
    serializer_class = RecommendationSerializer

    @extend_schema(
        operation_id="recommendations",
        summary="What inspections asked of whom",
        parameters=[
            OpenApiParameter("area", str, description="code of an area; with all below it"),
            OpenApiParameter("state", str, enum=Recommendation.State.values),
            OpenApiParameter(
                "severity", str, enum=[*ASKED], description=f"{NOT_RATED}: those not rated"
            ),
            OpenApiParameter("late", bool, description="only those overdue, or only the others"),
            *SINCE,
        ],
        responses=answers(400, 404, http_200=RecommendationSerializer(many=True)),
    )
    def get(self, request: ApiRequest) -> Response:
        asked = RecommendationsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        query, scope = asked.validated_data, request.scope
        area_ids = None
        if query.get("area"):
            area = area_version(query["area"], on=scope.date)
            if area is None:
                raise Http404
            area_ids = scope.history.readable(scope.tree.below(area.pk))
        found = recommendations_told_to(
            cast("User", request.user),
            scope,
            area_ids=area_ids,
            state=query.get("state", ""),
            severity=wanted(query.get("severity", "")),
            late=query["late"],
        )
        page = self.paginate_queryset(self.by_changes(found)) or []
        late = lateness(page, tree=scope.tree, on=scope.date)
        rows = [{"row": each, "late": late[each.pk]} for each in page]
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


class AnswerToRecommendation(Endpoint):
    """What a commune's own system, or a school's, answers: noted once however often it is sent."""

    needs = (P.ANSWER_RECOMMENDATIONS,)
    key_scopes = {"POST": frozenset({KeyScope.ACTIONS})}
    throttle_scope = "registers"

    @extend_schema(
        operation_id="recommendation_answer",
        summary="Answer a recommendation",
        examples=[ANSWER],
        request=AnswerSerializer,
        responses={
            **answers(400, 404, 413, 415, http_201=RecommendationSerializer),
            200: OpenApiResponse(RecommendationSerializer, "The same operation was sent before."),
            **refusal(409, "`operation_reused`: the id stands for something else."),
            **refusal(422, "`state`: it is confirmed as carried out."),
        },
    )
    def post(self, request: ApiRequest, recommendation_id: int) -> Response:
        found = recommendation_to(request.scope, recommendation_id)
        if found is None:
            raise Http404
        sent = AnswerSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        told = dict(sent.validated_data)
        operation = operation_of(request, told)

        def answer() -> Done[Recommendation]:
            row = answer_recommendation(
                recommendation=found, remedied_on=told["date"], remedy=told["text"], by=operation.by
            )
            return row, f"{LED_TO}{row.pk}", []

        try:
            outcome = operation.once(answer)
        except IllegalTransition as error:
            raise Problem(
                error.code or "state",
                " ".join(error.messages),
                status.HTTP_422_UNPROCESSABLE_ENTITY,
            ) from error
        except Refused as error:
            errors = getattr(error, "message_dict", {"": error.messages})
            renamed = {"remedied_on": "date", "remedy": "text"}
            raise serializers.ValidationError(
                {renamed.get(name, name): said for name, said in errors.items()}
            ) from error
        row = recommendation_to(request.scope, recommendation_id)
        if row is None:
            raise Http404
        late = lateness([row], tree=request.scope.tree, on=request.scope.date)
        code = status.HTTP_201_CREATED if outcome.is_new else status.HTTP_200_OK
        told_now = RecommendationSerializer({"row": row, "late": late[row.pk]})
        return Response(told_now.data, status=code)
