"""A register on its way in: the same value, whatever way it came."""

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from django.utils.translation import gettext_lazy as _

from core.types import JSON, User
from schools.enums import Session
from schools.models import SchoolClass

from ..enums import AbsenceReason, Mark, NotHeldReason, RegisterState
from ..mark_parsing import MarkAndReason
from ..models import RegisterRevision
from .refusals import WrongMarks

# By pupil id. Everybody else on the roll is present.
Marks: TypeAlias = Mapping[int, MarkAndReason]


@dataclass(frozen=True, kw_only=True)
class RegisterSubmission:
    """One register as somebody sends it.

    Attributes:
        school_class: found by the caller inside the sender's places.
        operation_id: made when the sheet was opened; the same one again returns the first
            receipt.
        base_revision: number of the revision the sheet was made from, 0 for none.
        base_operation: id of the operation that became `base_revision`, when the sheet was made
            from what that one said and not from what it was merged to.
        correction_reason: needed when the day is past and the sender saw a register.
        set_aside: marks that the sender decided against when two versions were compared.
        device: what it was sent from, in words (`registers.devices`); `device_time`: its clock.
        answers_for_school: the sender is the head, who may correct longer than a teacher.
        loads_history: sent by a program, which alone fills a year that was loaded afterwards.
    """

    school_class: SchoolClass
    date: datetime.date
    session: Session
    operation_id: uuid.UUID
    base_revision: int
    marks: Marks
    by: User
    state: str = RegisterState.TAKEN
    not_held_reason: str = ""
    correction_reason: str = ""
    set_aside: Marks = field(default_factory=dict)
    device_time: datetime.datetime | None = None
    device: str = ""
    answers_for_school: bool = False
    loads_history: bool = False
    base_operation: uuid.UUID | None = None

    def check(self) -> None:
        """Raise `WrongMarks` when a value is none of its list, or two contradict each other."""
        if self.state not in RegisterState.values:
            raise WrongMarks
        if self.state == RegisterState.NOT_HELD:
            if self.not_held_reason not in NotHeldReason.values or self.marks:
                raise WrongMarks(_("Choose the reason why the session was not held."))
        elif self.not_held_reason:
            raise WrongMarks
        _check_marks(self.marks, Mark.values)
        # Of two versions compared, "present" may be the one that was not chosen.
        _check_marks(self.set_aside, ["", *Mark.values])

    @property
    def is_taken(self) -> bool:
        return self.state == RegisterState.TAKEN

    def content(self) -> list[JSON]:
        """What an operation says; with other content the same id is another operation."""
        return content_of(self.state, self.not_held_reason, self.marks)


def _check_marks(marks: Marks, known: list[str]) -> None:
    for mark, reason in marks.values():
        if mark not in known or (reason and reason not in AbsenceReason.values):
            raise WrongMarks


def marks_from_json(kept: Mapping[str, list[str]]) -> dict[int, MarkAndReason]:
    """Marks as a `RegisterRevision` keeps them."""
    return {int(pupil): (mark, reason) for pupil, (mark, reason) in kept.items()}


def marks_as_json(marks: Marks) -> dict[str, list[str]]:
    """The way back."""
    return {str(pupil): [str(mark), reason] for pupil, (mark, reason) in marks.items()}


def marks_of(revision: RegisterRevision) -> dict[int, MarkAndReason]:
    """The marks a revision says."""
    return marks_from_json(revision.marks)


def sent_marks_of(revision: RegisterRevision) -> dict[int, MarkAndReason]:
    """The marks its operation carried, which a merged revision keeps beside its own."""
    return marks_from_json(revision.marks if revision.sent_marks is None else revision.sent_marks)


def content_of(state: str, not_held_reason: str, marks: Marks) -> list[JSON]:
    """State, reason and marks as plain values that can be compared, in one order."""
    return [
        str(state),
        not_held_reason,
        [[pupil, str(mark), reason] for pupil, (mark, reason) in sorted(marks.items())],
    ]
