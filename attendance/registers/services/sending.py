"""Sending a register: the only way one is written.

Every accepted submission is a revision. The operation id makes sending safe to repeat; the
base revision makes sure nobody overwrites what they have not seen.
"""

import datetime
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, OperationalError, transaction

from core.contention import Overtaken, is_overtaken
from core.months import Month
from schools.models import SchoolClass

from ...models import Register, RegisterRevision
from ...signals import register_saved
from ..refusals import OperationReused, RegisterRefused, StaleRevision
from ..selectors.on_record import OnRecord, read_many_on_record, read_on_record
from ..submission import RegisterSubmission, content_of, marks_of, sent_marks_of
from .checking import check, check_reason
from .merging import merge_with_found
from .storing import Accepted, store

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
    (revision,) = store([_judge(submission, on_record)])
    _tell([submission])
    return Receipt(revision, is_new=True)


def _judge(submission: RegisterSubmission, on_record: OnRecord) -> Accepted:
    """All that decides whether a submission is written; raises a `RegisterRefused`."""
    found = check(submission, on_record)
    merged = merge_with_found(submission, found)
    check_reason(submission, found)
    return Accepted(submission, found, merged)


def _tell(submissions: Iterable[RegisterSubmission]) -> None:
    """Say `register_saved`, once for each month."""
    by_month: defaultdict[Month, list[RegisterSubmission]] = defaultdict(list)
    for each in submissions:
        by_month[Month.of(each.date)].append(each)
    # In one order: two who send the same months wait, never deadlock.
    for _month, saved in sorted(by_month.items()):
        classes = {each.school_class.pk: each.school_class for each in saved}
        register_saved.send(
            sender=Register,
            school_class_ids=list(classes),
            date=min(each.date for each in saved),
            classes=list(classes.values()),
        )


# --- Many at once -------------------------------------------------------------------------


def send_registers(submissions: Sequence[RegisterSubmission]) -> list[Receipt | RegisterRefused]:
    """What `send_register` answers to each of many, in their order; none is raised.

    The registers of a school are one transaction: judged each by itself, written together. Those
    of which more than judging is needed, because somebody else was faster or has sent another
    version, or because an earlier one of these must be written first, are sent one by one
    afterwards.
    """
    answers: dict[int, Receipt | RegisterRefused] = {}
    by_school: defaultdict[int, list[int]] = defaultdict(list)
    seen: set[object] = set()
    for place, each in enumerate(submissions):
        names = {_where(each), each.operation_id}
        if not names & seen:
            by_school[each.school_class.school_id].append(place)
        seen |= names
    for places in by_school.values():
        # In one order everywhere: two who send the same registers wait, never deadlock.
        places.sort(key=lambda place: _where(submissions[place]))
        together = _send_together([submissions[place] for place in places])
        answers |= {places[number]: answer for number, answer in together.items()}
    for place, each in enumerate(submissions):
        if place in answers:
            continue
        try:
            answers[place] = send_register(each)
        except RegisterRefused as refusal:
            answers[place] = refusal
    return [answers[place] for place in range(len(submissions))]


def _where(submission: RegisterSubmission) -> tuple[int, datetime.date, str]:
    return submission.school_class.pk, submission.date, str(submission.session)


def _send_together(
    submissions: Sequence[RegisterSubmission],
) -> dict[int, Receipt | RegisterRefused]:
    """Answers by the place in the list; whoever has none is to be sent by itself."""
    try:
        with transaction.atomic():
            return _answer_together(submissions)
    except (IntegrityError, OperationalError, Overtaken) as error:
        if not is_overtaken(error):
            raise
        return {}


def _answer_together(
    submissions: Sequence[RegisterSubmission],
) -> dict[int, Receipt | RegisterRefused]:
    answers: dict[int, Receipt | RegisterRefused] = {}
    accepted: dict[int, Accepted] = {}
    for place, (each, on_record) in enumerate(
        zip(submissions, read_many_on_record(submissions), strict=True)
    ):
        if on_record.is_repeated:
            continue
        try:
            each.check()
            accepted[place] = _judge(each, on_record)
        except StaleRevision:
            continue
        except RegisterRefused as refusal:
            answers[place] = refusal
    revisions = store(list(accepted.values()))
    _tell(each.submission for each in accepted.values())
    receipts = (Receipt(revision, is_new=True) for revision in revisions)
    return answers | dict(zip(accepted, receipts, strict=True))
