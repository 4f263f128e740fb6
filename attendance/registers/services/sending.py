"""Sending a register: the only way one is written.

Every accepted submission is a revision. The operation id makes sending safe to repeat; the
base revision makes sure nobody overwrites what they have not seen.
"""

import hashlib
import json
from dataclasses import dataclass

from django.db import IntegrityError, OperationalError, transaction

from core.contention import Overtaken, is_overtaken
from schools.models import SchoolClass

from ...models import Register, RegisterRevision
from ...signals import register_saved
from ..refusals import OperationReused, StaleRevision
from ..selectors.on_record import OnRecord, read_on_record
from ..submission import RegisterSubmission, content_of, marks_of, sent_marks_of
from .checking import check, check_reason
from .merging import merge_with_found
from .storing import store

# Who is overtaken begins anew, behind the others who were: only a newcomer is faster still.
TRIES = 5


@dataclass(frozen=True)
class Receipt:
    """What the sender may rely on: the revision that was stored, and its register."""

    revision: RegisterRevision
    is_new: bool

    @property
    def register(self) -> Register:
        return self.revision.register

    @property
    def code(self) -> str:
        """Short receipt code a teacher can read out."""
        return receipt_code(self.revision)

    @property
    def is_merged(self) -> bool:
        """Whether the register now holds another person's marks beside the sender's."""
        return self.revision.sent_marks is not None


def receipt_code(revision: RegisterRevision) -> str:
    """Six characters that follow from the revision's operation and content."""
    content = content_of(revision.state, revision.not_held_reason, marks_of(revision))
    seed = json.dumps([str(revision.operation_id), *content])
    return hashlib.sha256(seed.encode()).hexdigest()[:6].upper()


def send_register(submission: RegisterSubmission) -> Receipt:
    """Accept one submission of a register, whole or not at all.

    A sheet made from an older revision is merged pupil by pupil with what came meanwhile; only
    when one pupil has two new marks is it refused. An operation that was accepted before gets
    its first receipt again.

    Raises a `RegisterRefused`: WrongMarks, SessionNotDue, PupilNotOnRoll, PeriodLocked,
    WindowClosed, StaleRevision, UnknownRevision, ReasonMissing, OperationReused. Nothing is
    written then.
    """
    submission.check()
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                if left < TRIES - 1:
                    # Whoever tries again does so one after the other.
                    locked = SchoolClass.objects.select_for_update(no_key=True)
                    locked.get(pk=submission.school_class.pk)
                return _answer(submission)
        except StaleRevision:
            repeated = _accepted_before(submission)
            if repeated is None:
                raise
            return repeated
        except (IntegrityError, OperationalError, Overtaken) as error:
            # Somebody was faster by a moment: read what they wrote and begin anew.
            if not left or not is_overtaken(error):
                raise
    raise AssertionError  # the last try returned or raised


def _answer(submission: RegisterSubmission) -> Receipt:
    on_record = read_on_record(
        submission.school_class,
        submission.date,
        submission.session,
        operation_id=submission.operation_id,
    )
    repeated = _accepted_before(submission) if on_record.is_repeated else None
    return repeated or _accept(submission, on_record)


def _accepted_before(submission: RegisterSubmission) -> Receipt | None:
    revision = (
        RegisterRevision.objects.filter(
            school_id=submission.school_class.school_id, operation_id=submission.operation_id
        )
        .select_related("register", "sent_by")
        .first()
    )
    if revision is None:
        return None
    register = revision.register
    accepted = (register.school_class_id, register.date, register.session)
    content = content_of(revision.state, revision.not_held_reason, sent_marks_of(revision))
    asked = (submission.school_class.pk, submission.date, submission.session)
    if accepted != asked or content != submission.content():
        raise OperationReused
    return Receipt(revision, is_new=False)


def _accept(submission: RegisterSubmission, on_record: OnRecord) -> Receipt:
    found = check(submission, on_record)
    merged = merge_with_found(submission, found)
    check_reason(submission, found)
    revision = store(submission, found, merged)
    register_saved.send(
        sender=Register,
        school_class_ids=[submission.school_class.pk],
        date=submission.date,
        classes=[submission.school_class],
    )
    return Receipt(revision, is_new=True)
