"""API of the phone on an inspection: a visit taken along, and what was written down sent once."""

import datetime
from typing import Any, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from core import problems
from core.api import (
    ApiRequest,
    Endpoint,
    Problem,
    ProblemSerializer,
    answers,
    in_our_time,
    refusal,
)
from core.api_operations import operation_of, refusing_reuse
from core.permissions import KeyScope
from core.permissions import Permission as P
from core.types import User
from schools.enums import Session

from ..models import ChecklistAnswer, HeadCount, HouseholdCheck, Part, Visit
from ..models.visits import SUPPLEMENT, VISITS, WRITE_DOWN
from ..selectors.visits import visit_for
from ..services.lines import MOST_PUPILS, WrittenMeanwhile
from . import services
from .selectors import VisitTaken, Written, visit_to_take, written

problems.declare("meanwhile", 409, gettext_lazy("Somebody else wrote this line meanwhile"))
problems.declare("draft", 422, gettext_lazy("The plan is not in force yet"))
problems.declare("not_in_charge", 422, gettext_lazy("Only the member in charge does this"))
problems.declare("not_on_team", 422, gettext_lazy("Only those on the team do this"))

LINE = OpenApiExample(
    "invented",
    request_only=True,
    value={
        "op_id": "6a2f41a3-c54c-4a3e-8d11-2f6b8d1f3c03",
        "part": "counts",
        "about": 17,
        "value": "28",
        "seen": 0,
        "date": "2026-10-12",
        "session": "am",
    },
)


class WrittenSerializer(serializers.Serializer[Any]):
    """What stands in a line; version 0: nothing yet."""

    value = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField()
    by = serializers.CharField(allow_blank=True, help_text="who wrote it last")
    at = serializers.DateTimeField(allow_null=True)
    roll = serializers.IntegerField(allow_null=True, help_text="of a head count: on the roll")
    registered = serializers.IntegerField(
        allow_null=True, help_text="of a head count: present by the register, if one was sent"
    )


class MeanwhileSerializer(ProblemSerializer):
    """Why a line was not written, and what stands there now."""

    present = WrittenSerializer(required=False)


class QuestionTakenSerializer(serializers.Serializer[Any]):
    """A question of the checklist."""

    id = serializers.IntegerField()
    section = serializers.CharField()
    text = serializers.CharField()
    line = WrittenSerializer(allow_null=True)


class ClassTakenSerializer(serializers.Serializer[Any]):
    """A class to count."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class SchoolTakenSerializer(serializers.Serializer[Any]):
    """A school of the commune with the classes of today."""

    id = serializers.IntegerField()
    code = serializers.CharField(help_text="the ministry's")
    name = serializers.CharField()
    classes = ClassTakenSerializer(many=True)


class CountTakenSerializer(serializers.Serializer[Any]):
    """Pupils counted already."""

    school_class = serializers.IntegerField()
    date = serializers.DateField()
    session = serializers.CharField()
    line = WrittenSerializer(allow_null=True)


class HouseholdTakenSerializer(serializers.Serializer[Any]):
    """A household by its form, in numbers."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    people = serializers.IntegerField()
    children = serializers.IntegerField()
    at_school = serializers.IntegerField()
    line = WrittenSerializer(allow_null=True)


class VillageTakenSerializer(serializers.Serializer[Any]):
    """A village of the survey."""

    key = serializers.CharField()
    name = serializers.CharField()
    households = HouseholdTakenSerializer(many=True)


class VisitTakenSerializer(serializers.Serializer[Any]):
    """A visit with everything that is written down on the spot."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    commune = serializers.CharField()
    state = serializers.CharField(help_text="planned, or done")
    planned_on = serializers.DateField(allow_null=True)
    in_charge = serializers.CharField(allow_blank=True)
    team = serializers.ListField(child=serializers.CharField())
    reason = serializers.CharField()
    first_day = serializers.DateField(help_text="pupils are counted from this day on")
    now = serializers.DateTimeField(help_text="the server's clock")
    answers = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()), help_text="[code, word]"
    )
    results = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()), help_text="[code, word]"
    )
    sessions = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()), help_text="[code, word]"
    )
    questions = QuestionTakenSerializer(many=True)
    schools = SchoolTakenSerializer(many=True)
    counts = CountTakenSerializer(many=True)
    villages = VillageTakenSerializer(many=True)
    left_out = serializers.IntegerField(help_text="households that are not among them")


class LineSerializer(serializers.Serializer[Any]):
    """A line as it is sent."""

    op_id = serializers.UUIDField(help_text="made once for this content; safe to send again")
    part = serializers.ChoiceField(Part.choices)
    about = serializers.IntegerField(
        min_value=1, max_value=2**31 - 1, help_text="id of the question, class or household"
    )
    value = serializers.CharField(
        max_length=7, help_text="code of an answer or result, or the number of pupils"
    )
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    seen = serializers.IntegerField(
        min_value=0, max_value=2**31 - 1, default=0, help_text="version that was seen; 0: nothing"
    )
    date = serializers.DateField(required=False, help_text="of a head count")
    session = serializers.ChoiceField(Session.values, required=False)
    device_time = serializers.DateTimeField(required=False, help_text="when it was written down")
    sender = serializers.CharField(
        required=False,
        max_length=150,
        help_text="user name the line was written under; another caller is refused",
    )

    def validate_date(self, value: datetime.date) -> datetime.date:
        return in_our_time(value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        part, value = attrs["part"], attrs["value"]
        most = HeadCount._meta.get_field("note").max_length
        if part == Part.COUNTS:
            sound = value.isascii() and value.isdigit() and int(value) <= MOST_PUPILS
            if not {"date", "session"} <= set(attrs):
                raise serializers.ValidationError(
                    {"date": _("Say on which day and in which session the pupils were counted.")}
                )
        elif part == Part.HOUSEHOLDS:
            sound = value in HouseholdCheck.Result.values
            most = HouseholdCheck._meta.get_field("note").max_length
        else:
            sound = value in ChecklistAnswer.Answer.values
            most = ChecklistAnswer._meta.get_field("note").max_length
        if not sound:
            raise serializers.ValidationError({"value": _("This is no answer here.")})
        if most is not None and len(attrs["note"]) > most:
            raise serializers.ValidationError(
                {"note": _("At most %(most)s letters.") % {"most": most}}
            )
        return attrs


class ReceiptSerializer(serializers.Serializer[Any]):
    """What became of a line: what a device waits for."""

    op_id = serializers.UUIDField()
    result = serializers.ChoiceField(
        services.Result.choices, help_text="late: the visit was recorded, a supplement has it"
    )
    line = WrittenSerializer(help_text="what stands there now")
    recorded_at = serializers.DateTimeField(help_text="the server's clock")


class FindingsOfVisit(Endpoint):
    """What a team writes down during a visit: read to be taken along, sent line by line."""

    needs = (P.RECORD_VISIT,)
    key_scopes = {
        "GET": frozenset({KeyScope.FIGURES}),
        "POST": frozenset({KeyScope.REGISTERS}),
    }

    @property
    def throttle_scope(self) -> str:  # type: ignore[override]  # a word with Endpoint
        return "registers" if self.request.method == "POST" else "read"

    @extend_schema(
        operation_id="visit_taken",
        summary="What a team writes down during a visit",
        responses=answers(404, http_200=VisitTakenSerializer),
    )
    def get(self, request: ApiRequest, visit_id: int) -> Response:
        visit = _visit(request, visit_id)
        # Of a recorded visit, for who has still something typed.
        if not any(VISITS.may(act, visit, request.scope) for act in (WRITE_DOWN, SUPPLEMENT)):
            raise PermissionDenied
        return Response(_taken(visit_to_take(visit), cast("User", request.user)))

    @extend_schema(
        operation_id="visit_line",
        summary="Send one line written down during a visit",
        examples=[LINE],
        request=LineSerializer,
        responses={
            **answers(400, 404, 413, 415, http_201=ReceiptSerializer),
            200: OpenApiResponse(ReceiptSerializer, "The same operation was sent before."),
            **refusal(
                409,
                "`meanwhile`: somebody else wrote the line, `present` is what stands there; "
                "`operation_reused`: the id stands for something else.",
                MeanwhileSerializer,
            ),
            **refusal(
                422, "`refused`, `not_on_team`, `state`: the sentence says why; nothing is written."
            ),
        },
    )
    def post(self, request: ApiRequest, visit_id: int) -> Response:
        visit = _visit(request, visit_id)
        sent = LineSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        told = dict(sent.validated_data)
        operation = operation_of(request, told)
        told["written_at"] = told.pop("device_time", None)
        try:
            with refusing_reuse():
                taken, is_new = services.take_line(
                    visit=visit,
                    line=services.Line(**told),
                    operation_id=operation.id,
                    path=operation.path,
                    digest=operation.digest,
                    by=operation.by,
                )
        except WrittenMeanwhile as error:
            present = WrittenSerializer(written(error.row)).data
            raise Problem(
                "meanwhile", error.messages[0], status.HTTP_409_CONFLICT, present=present
            ) from error
        except ValidationError as error:
            raise Problem(
                getattr(error, "code", None) or "refused",
                " ".join(error.messages),
                status.HTTP_422_UNPROCESSABLE_ENTITY,
            ) from error
        receipt = {
            "op_id": operation.id,
            "result": taken.result,
            "line": taken.line,
            "recorded_at": timezone.now(),
        }
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(ReceiptSerializer(receipt).data, status=code)


def _visit(request: ApiRequest, visit_id: int) -> Visit:
    found = visit_for(cast("User", request.user), request.scope, visit_id)
    if found is None:
        raise Http404
    return found


def _taken(taken: VisitTaken, user: User) -> dict[str, Any]:
    visit = taken.visit
    return {
        "id": visit.pk,
        "username": user.username,
        "commune": visit.commune.title,
        "state": str(visit.state),
        "planned_on": visit.planned_on,
        "in_charge": visit.member.full_name if visit.member else "",
        "team": [each.full_name for each in visit.team.all()],
        "reason": visit.reason,
        "first_day": visit.plan.month,
        "now": timezone.now(),
        "answers": _words(ChecklistAnswer.Answer.choices),
        "results": _words(HouseholdCheck.Result.choices),
        "sessions": _words(Session.choices),
        "questions": [
            {
                "id": each.item.pk,
                "section": each.item.section,
                "text": each.item.text,
                "line": _line(written(each.answer)),
            }
            for each in taken.questions
        ],
        "schools": [
            {
                "id": school.pk,
                "code": school.code,
                "name": school.name,
                "classes": [{"id": each.pk, "name": each.name} for each in classes],
            }
            for school, classes in taken.schools
        ],
        "counts": [
            {
                "school_class": each.school_class_id,
                "date": each.date,
                "session": each.session,
                "line": _line(written(each)),
            }
            for each in taken.counts
        ],
        "villages": [
            {
                "key": village.key,
                "name": village.name,
                "households": [
                    {
                        "id": row.household.pk,
                        "number": row.household.form_number,
                        "people": row.people,
                        "children": row.children,
                        "at_school": row.at_school,
                        "line": _line(written(taken.checks.get(row.household.pk))),
                    }
                    for row in village.households
                ],
            }
            for village in taken.villages
        ],
        "left_out": taken.left_out,
    }


def _line(line: Written) -> dict[str, Any] | None:
    """None where nothing is written: thousands of households have nothing."""
    return WrittenSerializer(line).data if line.version else None


def _words(choices: Any) -> list[list[str]]:
    return [[code, str(word)] for code, word in choices]
