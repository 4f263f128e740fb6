"""What is answered to a register: as it stands, or why it was not taken."""

from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework import serializers, status

from core import problems
from core.api import Problem, ProblemSerializer

from ...calendar.selectors.due_sessions import is_due
from ...enums import RegisterState
from ...models import Register, RegisterRevision
from ..refusals import RegisterRefused
from ..selectors.counting import not_counted
from ..selectors.registers import register_of
from ..services.sending import Receipt, receipt_code
from ..submission import Marks, RegisterSubmission, marks_of
from .submissions import MarkSerializer

problems.declare("register_refused", 422, gettext_lazy("The register cannot be taken"))
problems.declare("session_not_due", 422, gettext_lazy("No school in this session"))
problems.declare("window_closed", 422, gettext_lazy("The time to change this register is over"))
problems.declare("period_locked", 422, gettext_lazy("The month is locked"))
problems.declare("correction_reason_missing", 422, gettext_lazy("A correction needs its reason"))
problems.declare("wrong_marks", 422, gettext_lazy("A mark or reason that is not on the list"))
problems.declare("pupil_not_on_roll", 422, gettext_lazy("A marked pupil is not on the roll"))
problems.declare("stale_revision", 409, gettext_lazy("The register is another one by now"))


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
