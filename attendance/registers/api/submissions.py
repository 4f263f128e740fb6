"""A register as a program sends it."""

import datetime
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from schools.directory.selectors.codes import pupils_of_classes
from schools.enums import Session
from schools.models import SchoolClass

from ...enums import AbsenceReason, Mark, NotHeldReason, RegisterState
from ..devices import device_of
from ..submission import MarkAndReason, RegisterSubmission

MOST_MARKS = 200
EARLIEST = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
LATEST = datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)

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


def pupils_named(
    class_ids: Collection[int], registers: Iterable[Mapping[str, Any]]
) -> Mapping[tuple[int, str], int]:
    """{(class, identifier): pupil} of whom registers name by `ministry_id`; no query for none."""
    named = {
        mark["ministry_id"]
        for each in registers
        for mark in each.get("marks", [])
        if "ministry_id" in mark
    }
    return pupils_of_classes(class_ids, named) if named else {}


def put_pupils(
    class_id: int, marks: list[dict[str, Any]], found: Mapping[tuple[int, str], int]
) -> None:
    """Put `pupil` into marks that name one by `ministry_id`.

    Args:
        found: as `pupils_named`.

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


def _as_marks(given: list[dict[str, Any]]) -> dict[int, MarkAndReason]:
    return {mark["pupil"]: (mark["kind"], mark.get("reason", "")) for mark in given}
