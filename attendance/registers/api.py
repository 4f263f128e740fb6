"""API of attendance: a register read and sent, and many sent at once."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.response import Response

from core import problems
from core.access import reach
from core.api import (
    FIRST_DAY,
    SINCE,
    Endpoint,
    Listing,
    Problem,
    ProblemSerializer,
    answers,
    in_our_time,
    refusal,
)
from core.api_operations import refuse_another
from core.permissions import KeyScope
from core.permissions import Permission as P
from schools.directory.selectors.classes import (
    class_id_of,
    class_in,
    classes_in_places,
    lies_in,
)
from schools.directory.selectors.codes import pupils_of_classes, school_id_of
from schools.enums import Session
from schools.models import SchoolClass

from ..calendar.selectors.due_sessions import is_due
from ..enums import AbsenceReason, Mark, NotHeldReason, RegisterState
from ..models import Register, RegisterRevision
from .devices import device_of
from .refusals import RegisterRefused, SessionNotDue
from .selectors.counting import not_counted
from .selectors.registers import register_of, registers_in
from .services.sending import Receipt, receipt_code, send_register, send_registers
from .submission import MarkAndReason, Marks, RegisterSubmission, marks_of

MOST_MARKS = 200
MOST_AT_ONCE = 200
EARLIEST = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
LATEST = datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)

problems.declare("register_refused", 422, gettext_lazy("The register cannot be taken"))
problems.declare("session_not_due", 422, gettext_lazy("No school in this session"))
problems.declare("window_closed", 422, gettext_lazy("The time to change this register is over"))
problems.declare("period_locked", 422, gettext_lazy("The month is locked"))
problems.declare("correction_reason_missing", 422, gettext_lazy("A correction needs its reason"))
problems.declare("wrong_marks", 422, gettext_lazy("A mark or reason that is not on the list"))
problems.declare("pupil_not_on_roll", 422, gettext_lazy("A marked pupil is not on the roll"))
problems.declare("stale_revision", 409, gettext_lazy("The register is another one by now"))

REGISTER = OpenApiExample(
    "invented",
    request_only=True,
    value={
        "op_id": "6a2f41a3-c54c-4a3e-8d11-2f6b8d1f3c06",
        "base_revision": 0,
        "marks": [
            {"pupil": 4711, "kind": "P", "reason": "sick"},
            {"ministry_id": "1234567890", "kind": "K"},
        ],
        "device_time": "2026-10-12T07:05:00+07:00",
    },
)
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


class MarkSerializer(serializers.Serializer):
    """A pupil who was not simply present."""

    pupil = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    kind = serializers.ChoiceField(Mark.choices, help_text="P excused, K unexcused, M late")
    reason = serializers.ChoiceField(AbsenceReason.choices, required=False, allow_blank=True)


class SetAsideSerializer(MarkSerializer):
    """A mark not chosen; "" when "present" was not chosen."""

    kind = serializers.CharField(  # type: ignore[assignment]  # wider: a mark or ""
        max_length=1, allow_blank=True
    )


class SentMarkSerializer(serializers.Serializer):
    """A mark as it is sent: the pupil by id, or by the identifier of the ministry."""

    pupil = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    ministry_id = serializers.CharField(
        max_length=10, required=False, help_text="instead of pupil: the ministry's identifier"
    )
    kind = serializers.ChoiceField(Mark.choices, help_text="P excused, K unexcused, M late")
    reason = serializers.ChoiceField(AbsenceReason.choices, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("pupil" in attrs) == ("ministry_id" in attrs):
            raise ValidationError({"pupil": [_("Give either pupil or ministry_id.")]})
        return attrs


class SubmissionSerializer(serializers.Serializer):
    """One register as it is sent: either the marks, or why the session was not held."""

    op_id = serializers.UUIDField(help_text="made once for this content; safe to send again")
    base_revision = serializers.IntegerField(
        min_value=0, max_value=2**31 - 1, help_text="the revision it was made from, 0 for none"
    )
    base_op = serializers.UUIDField(
        required=False,
        help_text="op_id that became base_revision, when it was made from the marks of that"
        " operation and its sender has not seen what they were merged with",
    )
    marks = SentMarkSerializer(  # type: ignore[call-arg]  # of the list that `many` makes
        many=True, required=False, max_length=MOST_MARKS
    )
    not_held = serializers.ChoiceField(NotHeldReason.choices, required=False)
    correction_reason = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="for an earlier day"
    )
    set_aside = SetAsideSerializer(  # type: ignore[call-arg]  # as above
        many=True,
        required=False,
        max_length=MOST_MARKS,
        help_text="marks the sender compared and decided against",
    )
    device_time = serializers.DateTimeField(required=False)
    sender = serializers.CharField(
        required=False,
        max_length=150,
        help_text="user name the register was written under; another caller is refused",
    )

    def validate_marks(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        named = {mark.get("pupil") or mark["ministry_id"] for mark in value}
        if len(named) < len(value):
            raise ValidationError(_("Name each pupil once."))
        return value

    def validate_device_time(self, value: datetime.datetime) -> datetime.datetime:
        if not EARLIEST <= value <= LATEST:
            raise ValidationError(_("The clock of the device is wrong: a year from 2000 to 2099."))
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("marks" in attrs) == ("not_held" in attrs):
            raise ValidationError({"marks": [_("Give either marks or not_held.")]})
        return attrs


def put_pupils(
    class_id: int, marks: list[dict[str, Any]], found: Mapping[tuple[int, str], int]
) -> None:
    """Put `pupil` into marks that name one by `ministry_id`.

    Args:
        found: {(class, identifier): pupil}, as `pupils_of_classes`.

    Raises ValidationError for an identifier that nobody in the class has.
    """
    wrong: dict[str, Any] = {}
    for place, mark in enumerate(marks):
        if "ministry_id" in mark:
            pupil = found.get((class_id, mark["ministry_id"]))
            if pupil is None:
                text = _("No pupil of this class has this identifier.")
                wrong[str(place)] = {"ministry_id": [text]}
            else:
                mark["pupil"] = pupil
    if wrong:
        raise ValidationError({"marks": wrong})
    if len({mark["pupil"] for mark in marks}) < len(marks):
        raise ValidationError({"marks": [_("Name each pupil once.")]})


def submission_of(
    data: Mapping[str, Any],
    request: Any,
    school_class: SchoolClass,
    date: datetime.date,
    session: Session,
    *,
    answers_for_school: bool,
) -> RegisterSubmission:
    """What valid data says of a class session."""
    not_held = data.get("not_held", "")
    return RegisterSubmission(
        school_class=school_class,
        date=date,
        session=session,
        operation_id=data["op_id"],
        base_revision=data["base_revision"],
        base_operation=data.get("base_op"),
        state=RegisterState.NOT_HELD if not_held else RegisterState.TAKEN,
        not_held_reason=not_held,
        marks=_as_marks(data.get("marks", [])),
        set_aside=_as_marks(data.get("set_aside", [])),
        correction_reason=data.get("correction_reason", ""),
        device_time=data.get("device_time"),
        device=device_of(request),
        answers_for_school=answers_for_school,
        loads_history=True,
        by=request.user,
    )


class RegisterSerializer(serializers.Serializer):
    """A register as the server holds it."""

    class_id = serializers.IntegerField()
    date = serializers.DateField()
    session = serializers.CharField()
    state = serializers.ChoiceField(RegisterState.choices)
    not_held = serializers.CharField(allow_blank=True)
    revision = serializers.IntegerField()
    roll = serializers.IntegerField(help_text="pupils on the roll when it was sent")
    marks = MarkSerializer(many=True)
    not_counted = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="pupils on the roll of the day of whom this register says nothing",
    )
    counts = serializers.BooleanField(
        help_text="false when the calendar has no school in this session any more"
    )
    sent_at = serializers.DateTimeField()
    sent_by = serializers.CharField(help_text="name of the person")
    op_id = serializers.UUIDField()
    receipt = serializers.CharField(help_text="six characters a teacher can read out")


class SentVersionSerializer(serializers.Serializer):
    """The version that was sent, as it was read."""

    op_id = serializers.UUIDField()
    base_revision = serializers.IntegerField()
    state = serializers.CharField(help_text="taken or not_held")
    not_held = serializers.CharField(allow_blank=True)
    marks = MarkSerializer(many=True)


class DifferenceSerializer(serializers.Serializer):
    """What the two versions say of a pupil; null: simply present."""

    pupil = serializers.IntegerField()
    on_record = MarkSerializer(allow_null=True)
    sent = MarkSerializer(allow_null=True)


class ConflictSerializer(ProblemSerializer):
    """Why nothing was written: what the server holds, what was sent, and where they differ."""

    register = RegisterSerializer(allow_null=True)
    sent = SentVersionSerializer()
    differences = DifferenceSerializer(
        many=True, help_text="empty where one version says that the session was not held"
    )
    pupils = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="pupils with two different marks; empty when whole versions differ",
    )
    merged = MarkSerializer(
        many=True, help_text="both versions put together, without the pupils above"
    )


class UnprocessableSerializer(ProblemSerializer):
    """Why a well-formed register cannot be taken."""

    pupils = serializers.ListField(child=serializers.IntegerField(), required=False)


def _as_marks(given: list[dict[str, Any]]) -> dict[int, MarkAndReason]:
    return {mark["pupil"]: (mark["kind"], mark.get("reason", "")) for mark in given}


def _as_list(marks: Marks) -> list[dict[str, Any]]:
    return [
        {"pupil": pupil, "kind": str(kind), "reason": reason}
        for pupil, (kind, reason) in sorted(marks.items())
    ]


def _undisputed(error: RegisterRefused) -> list[dict[str, Any]]:
    marks, contested = getattr(error, "merged", {}), getattr(error, "pupil_ids", [])
    return _as_list({pupil: mark for pupil, mark in marks.items() if pupil not in contested})


def shown(register: Register, revision: RegisterRevision, *, counts: bool = True) -> dict[str, Any]:
    """A register and its newest revision as plain values. `counts`: its session is due."""
    # The first revision is sent by a person, who sees the whole roll.
    left_out = not_counted(register=register) if revision.number > 1 else ()
    return RegisterSerializer(
        {
            "class_id": register.school_class_id,
            "date": register.date,
            "session": register.session,
            "state": revision.state,
            "not_held": revision.not_held_reason,
            "revision": revision.number,
            "roll": len(revision.roll),
            "marks": _as_list(marks_of(revision)),
            "not_counted": sorted(pupil for _register, pupil in left_out),
            "counts": counts,
            "sent_at": revision.sent_at,
            "sent_by": str(revision.sent_by),
            "op_id": revision.operation_id,
            "receipt": receipt_code(revision),
        }
    ).data


def accepted(receipt: Receipt) -> tuple[int, dict[str, Any]]:
    """(status, body) of a register that was taken."""
    code = status.HTTP_201_CREATED if receipt.is_new else status.HTTP_200_OK
    return code, shown(receipt.register, receipt.revision)


def _sent(submission: RegisterSubmission) -> dict[str, Any]:
    return {
        "op_id": str(submission.operation_id),
        "base_revision": submission.base_revision,
        "state": str(submission.state),
        "not_held": submission.not_held_reason,
        "marks": _as_list(submission.marks),
    }


def _differences(
    on_record: RegisterRevision | None, sent: RegisterSubmission
) -> list[dict[str, Any]]:
    """By pupil; none where one of the versions says that the session was not held."""
    if on_record is None or on_record.state != sent.state:
        return []
    held, told = (
        {each["pupil"]: each for each in _as_list(marks)}
        for marks in (marks_of(on_record), sent.marks)
    )
    return [
        {"pupil": pupil, "on_record": held.get(pupil), "sent": told.get(pupil)}
        for pupil in sorted({*held, *told})
        if held.get(pupil) != told.get(pupil)
    ]


def problem_of(submission: RegisterSubmission, error: RegisterRefused) -> Problem:
    """A refusal as callers get it."""
    school_class, date, session = submission.school_class, submission.date, submission.session
    pupils = getattr(error, "pupil_ids", [])
    if not error.is_conflict:
        return Problem(
            error.code,
            error.message,
            status.HTTP_422_UNPROCESSABLE_ENTITY,
            detail=error.detail,
            **({"pupils": pupils} if pupils else {}),
        )
    found = register_of(school_class, date, session)
    return Problem(
        error.code,
        error.message,
        status.HTTP_409_CONFLICT,
        detail=error.detail,
        register=shown(*found, counts=is_due(school_class, date, session)) if found else None,
        sent=_sent(submission),
        differences=_differences(found[1] if found else None, submission),
        pupils=pupils,
        merged=_undisputed(error),
    )


PUT_ANSWERS = {
    **answers(400, 404, 413, 415, http_200=RegisterSerializer, http_201=RegisterSerializer),
    **refusal(409, "Stale, or the id was used before.", ConflictSerializer),
    **refusal(422, "Well-formed, but not to be taken.", UnprocessableSerializer),
}


class OneRegister(Endpoint):
    """The register of a class, a day and a session."""

    needs = (P.VIEW_REGISTER,)
    key_scopes = {
        "GET": frozenset({KeyScope.ROLLS}),
        "PUT": frozenset({KeyScope.REGISTERS}),
    }
    throttle_scope = "registers"

    @extend_schema(
        operation_id="register_get",
        summary="Read a register",
        responses=answers(404, http_200=RegisterSerializer),
    )
    def get(self, request: Any, class_id: int, date: datetime.date, session: Session) -> Response:
        school_class = self._class(request, class_id, date, session)
        found = register_of(school_class, date, session)
        if found is None:
            raise Http404
        return Response(shown(*found, counts=is_due(school_class, date, session)))

    @extend_schema(
        operation_id="register_put",
        summary="Send a register",
        examples=[REGISTER],
        request=SubmissionSerializer,
        responses=PUT_ANSWERS,
    )
    def put(self, request: Any, class_id: int, date: datetime.date, session: Session) -> Response:
        school_class = self._class(request, class_id, date, session)
        if not lies_in(request.scope.places(P.TAKE_REGISTER), school_class):
            raise PermissionDenied
        sent = SubmissionSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        refuse_another(request, sent.validated_data)
        marks = sent.validated_data.get("marks", [])
        named = {mark["ministry_id"] for mark in marks if "ministry_id" in mark}
        found = pupils_of_classes([school_class.pk], named) if named else {}
        put_pupils(school_class.pk, marks, found)
        submission = submission_of(
            sent.validated_data,
            request,
            school_class,
            date,
            session,
            answers_for_school=lies_in(request.scope.places(P.MANAGE_SCHOOL), school_class),
        )
        try:
            code, body = accepted(send_register(submission))
        except RegisterRefused as error:
            raise problem_of(submission, error) from error
        return Response(body, code)

    def _class(
        self, request: Any, class_id: int, date: datetime.date, session: Session
    ) -> SchoolClass:
        found = reach(request.scope, P.VIEW_REGISTER, lambda places: class_in(places, class_id))
        if not found.year.is_valid_on(date) or session not in found.session_list:
            if request.method == "PUT":
                raise Problem(
                    SessionNotDue.code,
                    SessionNotDue.message,
                    status.HTTP_422_UNPROCESSABLE_ENTITY,
                )
            raise Http404
        return found


class RegisterByCode(OneRegister):
    """The same, of a class by the code of its school, its year and its name."""

    @extend_schema(
        operation_id="register_get_by_code",
        summary="The same, of a class by its official name",
        responses=answers(404, http_200=RegisterSerializer),
    )
    def get(  # type: ignore[override]  # another address
        self,
        request: Any,
        school_code: str,
        year: str,
        name: str,
        date: datetime.date,
        session: Session,
    ) -> Response:
        return super().get(request, class_id_of(school_code, year, name), date, session)

    @extend_schema(
        operation_id="register_put_by_code",
        summary="The same, of a class by its official name",
        examples=[REGISTER],
        request=SubmissionSerializer,
        responses=PUT_ANSWERS,
    )
    def put(  # type: ignore[override]  # another address
        self,
        request: Any,
        school_code: str,
        year: str,
        name: str,
        date: datetime.date,
        session: Session,
    ) -> Response:
        return super().put(request, class_id_of(school_code, year, name), date, session)


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
        named = {
            mark["ministry_id"]
            for each in told
            for mark in each.get("marks", [])
            if "ministry_id" in mark
        }
        found = pupils_of_classes(classes, named) if named else {}
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
