"""Reading what a sheet sends."""

import re
import uuid
from dataclasses import dataclass, field

from ..enums import RegisterState

FIELD = re.compile(r"mark-(\d{1,18})")
OFFERED = re.compile(r"offered-(\d{1,18})")


@dataclass
class Submission:
    """A sheet as it was sent; the service decides whether it is right."""

    operation_id: uuid.UUID
    base_revision: int
    state: str = RegisterState.TAKEN
    not_held_reason: str = ""
    correction_reason: str = ""
    marks: dict = field(default_factory=dict)
    set_aside: dict = field(default_factory=dict)

    def values(self):
        """Arguments for `send_register`."""
        return {
            "operation_id": self.operation_id,
            "base_revision": self.base_revision,
            "state": self.state,
            "not_held_reason": self.not_held_reason,
            "correction_reason": self.correction_reason,
            "marks": self.marks,
            "set_aside": self.set_aside,
        }


def read_submission(data):
    """`Submission` from POST data; a wrong operation id or revision becomes a fresh start.

    A mark comes as mark-<pupil>=K with reason-<pupil>=sick, or in one as mark-<pupil>=K:sick.
    """
    marks = {}
    for name, value in data.items():
        match = FIELD.fullmatch(name)
        if match and value:
            mark, _colon, reason = value.partition(":")
            if mark != "M":
                reason = reason or data.get(f"reason-{match[1]}", "")
            marks[int(match[1])] = (mark, reason)
    not_held = data.get("state") == RegisterState.NOT_HELD
    return Submission(
        operation_id=read_uuid(data.get("operation_id")),
        base_revision=read_number(data.get("base_revision")),
        state=RegisterState.NOT_HELD if not_held else RegisterState.TAKEN,
        not_held_reason=data.get("not_held_reason", "") if not_held else "",
        correction_reason=data.get("correction_reason", "")[:200],
        marks={} if not_held else marks,
        set_aside={} if not_held else _not_chosen(data, marks),
    )


def _not_chosen(data, marks):
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


def read_uuid(text):
    """The UUID a field holds, or a new one."""
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return uuid.uuid4()


def read_number(text):
    """The whole number a field holds, or 0."""
    return int(text) if text and text.isdecimal() and len(text) < 9 else 0
