"""Reading what a sheet sends."""

import datetime
import re
import uuid
from collections.abc import Mapping

from django.http import QueryDict

from core.types import User
from schools.enums import Session
from schools.models import SchoolClass

from ..enums import Mark, RegisterState
from .submission import MarkAndReason, RegisterSubmission

FIELD = re.compile(r"mark-(\d{1,18})")
OFFERED = re.compile(r"offered-(\d{1,18})")


def read_submission(
    data: QueryDict,
    *,
    school_class: SchoolClass,
    date: datetime.date,
    session: Session,
    by: User,
    device: str = "",
    answers_for_school: bool = False,
) -> RegisterSubmission:
    """What the POST data of a sheet says, unchecked.

    A wrong operation id or revision becomes a fresh start. A mark comes as mark-<pupil>=K with
    reason-<pupil>=sick, or in one as mark-<pupil>=K:sick.
    """
    marks: dict[int, MarkAndReason] = {}
    for name, value in data.items():
        match = FIELD.fullmatch(name)
        if match and value:
            mark, _colon, reason = str(value).partition(":")
            if mark != Mark.LATE:
                reason = reason or data.get(f"reason-{match[1]}", "")
            marks[int(match[1])] = (mark, reason)
    not_held = data.get("state") == RegisterState.NOT_HELD
    return RegisterSubmission(
        school_class=school_class,
        date=date,
        session=session,
        operation_id=read_uuid(data.get("operation_id")),
        base_revision=read_number(data.get("base_revision")),
        state=RegisterState.NOT_HELD if not_held else RegisterState.TAKEN,
        not_held_reason=data.get("not_held_reason", "") if not_held else "",
        correction_reason=data.get("correction_reason", "")[:200],
        marks={} if not_held else marks,
        set_aside={} if not_held else _not_chosen(data, marks),
        by=by,
        device=device,
        answers_for_school=answers_for_school,
    )


def _not_chosen(data: QueryDict, marks: Mapping[int, MarkAndReason]) -> dict[int, MarkAndReason]:
    """Of the versions offered for a pupil, the one that was not chosen."""
    not_chosen = {}
    for name in data:
        match = OFFERED.fullmatch(name)
        if match:
            pupil = int(match[1])
            chosen = marks.get(pupil, ("", ""))
            for version in data.getlist(name):
                mark, _colon, reason = version.partition(":")
                if (mark, reason) != chosen:
                    not_chosen[pupil] = (mark, reason)
    return not_chosen


def read_uuid(text: str | None) -> uuid.UUID:
    """The UUID a field holds, or a new one."""
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return uuid.uuid4()


def read_number(text: str | None) -> int:
    """The whole number a field holds, or 0."""
    return int(text) if text and text.isdecimal() and len(text) < 9 else 0
