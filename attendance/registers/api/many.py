"""Many registers: in counts or by their changes, and sent in one call."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.response import Response

from core.api import FIRST_DAY, SINCE, Listing, answers, in_our_time
from core.api_operations import refuse_another
from core.permissions import KeyScope
from core.permissions import Permission as P
from schools.directory.selectors.classes import classes_in_places
from schools.directory.selectors.codes import school_id_of
from schools.enums import Session
from schools.models import SchoolClass

from ..refusals import RegisterRefused
from ..selectors.registers import registers_in
from ..services.sending import send_registers
from ..submission import RegisterSubmission
from .answers import accepted, problem_of
from .submissions import SubmissionSerializer, pupils_named, put_pupils, submission_of

MOST_AT_ONCE = 200

REGISTERS = OpenApiExample(
    "invented",
    request_only=True,
    value={
        "registers": [
            {
                "class_id": 17,
                "date": "2026-10-12",
                "session": "am",
                "op_id": "6a2f41a3-c54c-4a3e-8d11-2f6b8d1f3c07",
                "base_revision": 0,
                "not_held": "cold",
            }
        ]
    },
)


class AddressedSubmissionSerializer(SubmissionSerializer):
    """A register among many: with its class, day and session."""

    class_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    date = serializers.DateField(validators=[in_our_time])  # type: ignore[list-item]  # gives it back
    session = serializers.ChoiceField(["am", "pm"])


class ManySerializer(serializers.Serializer):
    """Registers of many classes, each taken or refused by itself."""

    registers = serializers.ListField(
        child=serializers.DictField(), min_length=1, max_length=MOST_AT_ONCE
    )


class ManySchema(serializers.Serializer):
    """`ManySerializer` with its items spelled out, for the schema."""

    registers = AddressedSubmissionSerializer(  # type: ignore[call-arg]  # of the list
        many=True, min_length=1, max_length=MOST_AT_ONCE
    )


class AnswerSerializer(serializers.Serializer):
    """The answer to one of many: status and body as of a single call."""

    status = serializers.IntegerField()
    body = serializers.DictField()


class ManyAnswersSerializer(serializers.Serializer):
    """Answers in the order of the registers."""

    answers = AnswerSerializer(many=True)


class RegisterRow(serializers.Serializer):
    """A register in counts; its address has the marks."""

    class_id = serializers.IntegerField(source="school_class_id")
    class_name = serializers.CharField(source="school_class.name")
    year = serializers.CharField(source="school_class.year.code")
    school_code = serializers.CharField(source="school.code", help_text="the ministry's")
    date = serializers.DateField()
    session = serializers.CharField()
    state = serializers.CharField(help_text="taken or not_held")
    not_held = serializers.CharField(source="not_held_reason", allow_blank=True)
    revision = serializers.IntegerField()
    roll = serializers.IntegerField()
    excused = serializers.IntegerField()
    unexcused = serializers.IntegerField()
    late = serializers.IntegerField()
    updated_at = serializers.DateTimeField(help_text="when it was sent last")


class RegistersQuery(serializers.Serializer):
    """Days, and the school or class; the 31 days up to today when no day is said."""

    school = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    school_code = serializers.CharField(required=False, max_length=20)
    class_id = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    to = serializers.DateField(required=False, validators=[in_our_time])  # type: ignore[list-item]  # gives it back

    def get_fields(self) -> dict[str, Any]:
        # A name that Python does not let a class have.
        first = serializers.DateField(required=False, validators=[in_our_time])  # type: ignore[list-item]  # as above
        return super().get_fields() | {"from": first}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        last = attrs.get("to") or max(timezone.localdate(), attrs.get("from", FIRST_DAY))
        first = attrs.get("from") or max(last - datetime.timedelta(days=30), FIRST_DAY)
        if first > last:
            raise ValidationError(
                {"from": [_("The first day lies after the last one. Change one of them.")]}
            )
        return {
            "first": first,
            "last": last,
            "school_id": school_id_of(attrs),
            "class_id": attrs.get("class_id"),
        }


class ManyRegisters(Listing):
    """Registers of many classes: listed by day and class in counts, or by their changes; and
    sent in one call, for another system of a school."""

    needs = (P.VIEW_REGISTER, P.TAKE_REGISTER)
    key_scopes = {
        "GET": frozenset({KeyScope.ROLLS, KeyScope.REGISTERS}),
        "POST": frozenset({KeyScope.REGISTERS}),
    }
    serializer_class = RegisterRow

    @property
    def throttle_scope(self) -> str:  # type: ignore[override]  # a word with Endpoint
        return "bulk" if self.request.method == "POST" else "read"

    @extend_schema(
        operation_id="registers",
        summary="Registers in counts, or by their changes",
        parameters=[
            OpenApiParameter("from", datetime.date, description="30 days before `to` by default."),
            OpenApiParameter("to", datetime.date, description="Today by default."),
            OpenApiParameter("school", int, description="Only of this school: its id."),
            OpenApiParameter("school_code", str, description="Or its code, the ministry's."),
            OpenApiParameter("class_id", int, description="Only of this class."),
            *SINCE,
        ],
        responses=answers(400, 404, http_200=RegisterRow(many=True)),
    )
    def get(self, request: Any) -> Response:
        asked = RegistersQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        places = request.scope.places(P.VIEW_REGISTER)
        return self.answer(self.by_changes(registers_in(places, **asked.validated_data)))

    @extend_schema(
        operation_id="registers_post",
        summary="Send many registers",
        examples=[REGISTERS],
        request=ManySchema,
        responses=answers(400, 413, 415, http_200=ManyAnswersSerializer),
    )
    def post(self, request: Any) -> Response:
        if not request.scope.may(P.TAKE_REGISTER):
            raise PermissionDenied
        many = ManySerializer(data=request.data)
        many.is_valid(raise_exception=True)
        reader = AddressedSubmissionSerializer()
        given = [self._read(reader, request, each) for each in many.validated_data["registers"]]
        asked = {each["class_id"] for each in given if not isinstance(each, APIException)}
        classes = classes_in_places(request.scope.places(P.TAKE_REGISTER), asked)
        managed = classes_in_places(request.scope.places(P.MANAGE_SCHOOL), classes)
        given = self._name_pupils(given, classes)
        submissions: dict[int, RegisterSubmission] = {}
        refused: dict[int, Exception] = {}
        for place, each in enumerate(given):
            if isinstance(each, APIException):
                refused[place] = each
            elif each["class_id"] not in classes:
                refused[place] = Http404()
            else:
                submissions[place] = submission_of(
                    each,
                    request,
                    classes[each["class_id"]],
                    each["date"],
                    Session(each["session"]),
                    answers_for_school=each["class_id"] in managed,
                )
        answers: dict[int, dict[str, Any]] = {}
        for place, answer in zip(
            submissions, send_registers(list(submissions.values())), strict=True
        ):
            if isinstance(answer, RegisterRefused):
                refused[place] = problem_of(submissions[place], answer)
            else:
                code, body = accepted(answer)
                answers[place] = {"status": code, "body": body}
        answers |= {place: self._refusal(each) for place, each in refused.items()}
        return Response({"answers": [answers[place] for place in range(len(given))]})

    def _read(
        self, reader: AddressedSubmissionSerializer, request: Any, item: dict[str, Any]
    ) -> dict[str, Any] | APIException:
        try:
            told = reader.run_validation(item)
            refuse_another(request, told)
        except APIException as error:
            return error
        return told

    def _name_pupils(
        self, given: list[dict[str, Any] | APIException], classes: Mapping[int, SchoolClass]
    ) -> list[dict[str, Any] | APIException]:
        """The same, with `pupil` in each mark; an identifier of nobody refuses its register."""
        told = [each for each in given if isinstance(each, dict) and each["class_id"] in classes]
        found = pupils_named(classes, told)
        answers: list[dict[str, Any] | APIException] = []
        for each in given:
            if not isinstance(each, dict) or each["class_id"] not in classes:
                answers.append(each)
                continue
            try:
                put_pupils(each["class_id"], each.get("marks", []), found)
            except ValidationError as error:
                answers.append(error)
            else:
                answers.append(each)
        return answers

    def _refusal(self, error: Exception) -> dict[str, Any]:
        answer = self.get_exception_handler()(error, self.get_exception_handler_context())
        return {"status": answer.status_code, "body": answer.data}
