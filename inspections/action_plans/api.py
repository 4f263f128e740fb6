"""API of tasks: what is to be done where, and what a commune's own system reports about it."""

from django.core.exceptions import ValidationError as Refused
from django.http import Http404
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from core.api import SINCE, Endpoint, Listing, Problem, answers, in_our_time, refusal
from core.changes import with_moment
from core.permissions import KeyScope
from core.permissions import Permission as P
from core.workflow import IllegalTransition
from schools.areas.selectors.tree import area_version

from ..models import ActionItem
from .selectors import as_tasks, item_for, items_seen
from .services import report_progress

SOURCES = ["plan", "recommendation", "assessment"]

PROGRESS = OpenApiExample(
    "invented",
    request_only=True,
    value={
        "op_id": "6a2f41a3-c54c-4a3e-8d11-2f6b8d1f3c01",
        "date": "2026-10-12",
        "words": "Đã đến từng nhà, ba em đã trở lại lớp.",
        "percent": 60,
    },
)


class ActionSerializer(serializers.Serializer):
    """A task as it stands today."""

    id = serializers.IntegerField(source="item.pk")
    follows_from = serializers.ChoiceField(SOURCES, source="item.source_kind")
    follows_from_id = serializers.IntegerField(source="item.source_id")
    area = serializers.CharField(source="item.area.code")
    area_name = serializers.CharField(source="item.area.title")
    school = serializers.CharField(source="item.school.code", allow_null=True, default=None)
    member = serializers.CharField(source="item.member.full_name", allow_null=True, default=None)
    organisation = serializers.CharField(source="item.organisation", allow_blank=True)
    what = serializers.CharField(source="item.what")
    reason = serializers.CharField(
        source="item.reason", allow_blank=True, help_text="why it was proposed"
    )
    target = serializers.CharField(source="item.target", allow_blank=True)
    indicator = serializers.CharField(source="item.indicator", allow_blank=True)
    target_value = serializers.DecimalField(
        5, 2, source="item.target_value", allow_null=True, help_text="percent"
    )
    due_on = serializers.DateField(source="item.due_on")
    state = serializers.ChoiceField(ActionItem.State.choices, source="item.state")
    percent = serializers.IntegerField(
        source="item.percent", allow_null=True, help_text="done so far, as reported last"
    )
    days_late = serializers.IntegerField(source="late")
    shown_to = serializers.CharField(
        source="above.code",
        allow_null=True,
        default=None,
        help_text="code of the area one level up to which it is shown, overdue for too long",
    )
    updated_at = serializers.DateTimeField(
        source="item.updated_at", help_text="of the task itself; it gets late without a change"
    )


class ActionsQuery(serializers.Serializer):
    """Which tasks are asked for."""

    area = serializers.CharField(required=False, max_length=20)
    state = serializers.ChoiceField(ActionItem.State.choices, required=False)
    late = serializers.BooleanField(required=False, allow_null=True, default=None)


class ProgressSerializer(serializers.Serializer):
    """A report on a task."""

    op_id = serializers.UUIDField(help_text="made once for this report; safe to send again")
    date = serializers.DateField(help_text="the day it tells of")
    words = serializers.CharField(max_length=2000, help_text="what was done, without a name")
    percent = serializers.IntegerField(min_value=0, max_value=100, required=False, allow_null=True)
    done = serializers.BooleanField(
        default=False, help_text="it is done; somebody else verifies it"
    )

    def validate_date(self, value):
        return in_our_time(value)


class Actions(Listing):
    """Tasks of plans, recommendations and assessments, those to be done first."""

    needs = (P.VIEW_ACTIONS, P.REPORT_ACTIONS)
    key_scopes = {"GET": frozenset({KeyScope.FIGURES, KeyScope.ACTIONS})}
    serializer_class = ActionSerializer

    @extend_schema(
        operation_id="actions",
        summary="Tasks, those to be done first",
        parameters=[
            OpenApiParameter("area", str, description="code of an area; with all below it"),
            OpenApiParameter("state", str, enum=ActionItem.State.values),
            OpenApiParameter("late", bool, description="only those overdue, or only the others"),
            *SINCE,
        ],
        responses=answers(400, 404, http_200=ActionSerializer(many=True)),
    )
    def get(self, request):
        asked = ActionsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        query, scope = asked.validated_data, request.scope
        area_ids = None
        if query.get("area"):
            area = area_version(query["area"], on=scope.date)
            if area is None:
                raise Http404
            area_ids = scope.tree.below(area.pk)
        items = items_seen(
            scope, area_ids=area_ids, state=query.get("state", ""), late=query["late"]
        )
        page = self.paginate_queryset(self.by_changes(with_moment(items)))
        return self.get_paginated_response(
            self.get_serializer(as_tasks(page, scope), many=True).data
        )


class ProgressOfAction(Endpoint):
    """What a commune's own system, or a school's, reports about a task."""

    needs = (P.REPORT_ACTIONS,)
    key_scopes = {"POST": frozenset({KeyScope.ACTIONS})}
    throttle_scope = "registers"

    @extend_schema(
        operation_id="action_progress",
        summary="Report on a task",
        examples=[PROGRESS],
        request=ProgressSerializer,
        responses={
            **answers(400, 404, 413, 415, http_200=ActionSerializer, http_201=ActionSerializer),
            **refusal(422, "`state`, `draft`: nothing more, or not yet, is reported."),
        },
    )
    def post(self, request, item_id):
        found = item_for(request.scope, item_id)
        if found is None:
            raise Http404
        sent = ProgressSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        told = sent.validated_data
        try:
            _progress, is_new = report_progress(
                item=found,
                reported_on=told["date"],
                words=told["words"],
                percent=told.get("percent"),
                is_done=told["done"],
                operation_id=told["op_id"],
                by=request.user,
            )
        except IllegalTransition as error:
            raise Problem(
                error.code or "state",
                " ".join(error.messages),
                status.HTTP_422_UNPROCESSABLE_ENTITY,
            ) from error
        except Refused as error:
            errors = getattr(error, "message_dict", {"": error.messages})
            renamed = {"reported_on": "date"}
            raise serializers.ValidationError(
                {renamed.get(name, name): said for name, said in errors.items()}
            ) from error
        now = with_moment(items_seen(request.scope)).filter(pk=item_id).first()
        if now is None:
            raise Http404
        (task,) = as_tasks([now], request.scope)
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(ActionSerializer(task).data, code)
