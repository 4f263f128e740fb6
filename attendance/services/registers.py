"""Sending a register: the only way one is written.

Every accepted submission is a revision. The operation id makes sending safe to repeat; the
base revision makes sure nobody overwrites what they have not seen.
"""

import hashlib
import json
from dataclasses import dataclass

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.contention import Overtaken, is_overtaken
from schools.models import SchoolClass
from schools.selectors.rolls import roll_ids_on

from ..enums import AbsenceReason, Mark, NotHeldReason, RegisterState
from ..models import Absence, Register, RegisterRevision, Uncounted
from ..selectors.calendar import is_due, why_closed
from ..selectors.correction_windows import window_of
from ..selectors.leaves import ever_on_leave
from ..signals import register_saved
from .merging import marks_of, merge, sent_marks_of
from .refusals import (
    OperationReused,
    PupilNotOnRoll,
    ReasonMissing,
    SessionNotDue,
    StaleRevision,
    UnknownRevision,
    WindowClosed,
    WrongMarks,
    why_not_due,
)

# Who is overtaken begins anew, behind the others who were: only a newcomer is faster still.
TRIES = 5


@dataclass(frozen=True)
class Receipt:
    """What the sender may rely on: the register as stored and the revision it became."""

    register: Register
    revision: RegisterRevision
    is_new: bool

    @property
    def code(self):
        """Short receipt code a teacher can read out."""
        return receipt_code(self.revision)

    @property
    def is_merged(self):
        """Whether the register now holds another person's marks beside the sender's."""
        return self.revision.sent_marks is not None


def receipt_code(revision):
    """Six characters that follow from the revision's operation and content."""
    seed = json.dumps([str(revision.operation_id), *_content_of(revision)])
    return hashlib.sha256(seed.encode()).hexdigest()[:6].upper()


def send_register(
    *,
    school_class,
    date,
    session,
    operation_id,
    base_revision,
    marks,
    by,
    state=RegisterState.TAKEN,
    not_held_reason="",
    correction_reason="",
    set_aside=None,
    device_time=None,
    device="",
    answers_for_school=False,
    base_operation=None,
):
    """Accept one submission of a register, whole or not at all.

    Args:
        school_class: a class the caller found inside the sender's places.
        operation_id: UUID made when the sheet was opened; the same one again returns the
            first receipt (`is_new` False).
        base_revision: number of the revision the sheet was made from, 0 for none.
        marks: dict pupil id -> (mark, reason or ""); everybody else on the roll is present.
        correction_reason: needed when the day is past and the sender saw a register.
        set_aside: dict pupil id -> (mark or "" for present, reason) that the sender decided
            against when two versions were compared; kept with the revision.
        device: what it was sent from, in words (`attendance.devices`).
        answers_for_school: the sender is the head, who may correct longer than a teacher.
        base_operation: id of the operation that became `base_revision`, when the sheet was made
            from what that one said and not from what it was merged to.

    A sheet made from an older revision is merged pupil by pupil with what came meanwhile
    (`services.merging`); only when one pupil has two new marks is it refused.
    Raises a `RegisterRefused`: SessionNotDue, WindowClosed, WrongMarks, PupilNotOnRoll,
    ReasonMissing, OperationReused, StaleRevision. Nothing is written then.
    """
    marks, set_aside = _tidied(marks), _tidied(set_aside or {})
    _check_values(state, marks, not_held_reason)
    _check_set_aside(set_aside)
    content = [school_class.pk, date, session, *_content(state, not_held_reason, marks)]
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                if left < TRIES - 1:
                    # Whoever tries again does so one after the other.
                    SchoolClass.objects.select_for_update(no_key=True).get(pk=school_class.pk)
                repeated = _find_operation(school_class.school_id, operation_id, content)
                if repeated is not None:
                    return repeated
                receipt = _write(
                    school_class=school_class,
                    date=date,
                    session=session,
                    operation_id=operation_id,
                    base_revision=base_revision,
                    marks=marks,
                    by=by,
                    state=state,
                    not_held_reason=not_held_reason,
                    correction_reason=correction_reason.strip(),
                    set_aside=set_aside,
                    device_time=device_time,
                    device=device,
                    answers_for_school=answers_for_school,
                    base_operation=base_operation,
                )
                register_saved.send(sender=Register, school_class_ids=[school_class.pk], date=date)
                return receipt
        except StaleRevision:
            repeated = _find_operation(school_class.school_id, operation_id, content)
            if repeated is None:
                raise
            return repeated
        except (IntegrityError, OperationalError, Overtaken) as error:
            # Somebody was faster by a moment: read what they wrote and begin anew.
            if not left or not is_overtaken(error):
                raise
    raise AssertionError  # the last try returned or raised


def _tidied(marks):
    return {int(pupil): (mark, reason or "") for pupil, (mark, reason) in marks.items()}


def _check_values(state, marks, not_held_reason):
    if state not in RegisterState.values:
        raise WrongMarks
    if state == RegisterState.NOT_HELD:
        if not_held_reason not in NotHeldReason.values or marks:
            raise WrongMarks(_("Choose the reason why the session was not held."))
        return
    if not_held_reason:
        raise WrongMarks
    for mark, reason in marks.values():
        if mark not in Mark.values or (reason and reason not in AbsenceReason.values):
            raise WrongMarks


def _check_set_aside(set_aside):
    for mark, reason in set_aside.values():
        if (mark and mark not in Mark.values) or (reason and reason not in AbsenceReason.values):
            raise WrongMarks


def _content(state, not_held_reason, marks):
    return [
        str(state),
        not_held_reason,
        sorted([pupil, str(mark), reason] for pupil, (mark, reason) in marks.items()),
    ]


def _content_of(revision):
    return _content(revision.state, revision.not_held_reason, marks_of(revision))


def _sent_content_of(revision):
    """What the operation carried, which a merged revision keeps beside its own content."""
    return _content(revision.state, revision.not_held_reason, sent_marks_of(revision))


def _find_operation(school_id, operation_id, content):
    revision = (
        RegisterRevision.objects.filter(school_id=school_id, operation_id=operation_id)
        .select_related("register", "sent_by")
        .first()
    )
    if revision is None:
        return None
    register = revision.register
    accepted = [register.school_class_id, register.date, register.session]
    if accepted + _sent_content_of(revision) != content:
        raise OperationReused
    return Receipt(register, revision, is_new=False)


def _write(
    *,
    school_class,
    date,
    session,
    operation_id,
    base_revision,
    marks,
    by,
    state,
    not_held_reason,
    correction_reason,
    set_aside,
    device_time,
    device,
    answers_for_school,
    base_operation,
):
    today = timezone.localdate()
    if date > today:
        raise SessionNotDue(_("This day has not come yet."))
    if not is_due(school_class, date, session):
        raise SessionNotDue(why_not_due(why_closed(school_class, date, session)))
    roll = roll_ids_on(school_class, date)
    strangers = set(marks) - set(roll)
    if strangers:
        raise PupilNotOnRoll(strangers)
    register = Register.objects.filter(
        school_class=school_class, date=date, session=session
    ).first()
    window = window_of(
        school_class,
        date,
        today=today,
        answers_for_school=answers_for_school,
        is_correction=register is not None,
    )
    if not window.is_open:
        raise WindowClosed
    number = register.revision if register else 0
    sent_marks = None
    base = _base(register, base_revision, base_operation)
    if number != base_revision or base is not None:
        sent_marks = marks
        marks = _merged(register, base_revision, state, marks, roll, base)
    # Who saw no register does not correct one: their sheet came late, or is merged.
    if register is not None and base_revision and date < today and not correction_reason:
        raise ReasonMissing
    now = timezone.now()
    counted, uncounted = _counted(register, state, roll, marks)
    off_roll = _off_roll(register, roll)
    values = _counts(state, not_held_reason, counted, marks) | {
        "revision": number + 1,
        "sent_at": now,
    }
    if register is None:
        register = Register.objects.create(
            school_id=school_class.school_id,
            school_class=school_class,
            date=date,
            session=session,
            first_sent_at=now,
            **values,
        )
    else:
        # The revision in the condition decides between two who read the same one.
        if not Register.objects.filter(pk=register.pk, revision=number).update(**values):
            raise Overtaken
        register.absences.all().delete()
        register.uncounted.exclude(pupil__in=uncounted).delete()
        for name, value in values.items():
            setattr(register, name, value)
    Absence.objects.bulk_create(
        Absence(
            school_id=register.school_id,
            register=register,
            pupil_id=pupil,
            mark=mark,
            reason=reason,
        )
        for pupil, (mark, reason) in marks.items()
    )
    revision = RegisterRevision.objects.create(
        school_id=register.school_id,
        register=register,
        number=register.revision,
        operation_id=operation_id,
        state=state,
        not_held_reason=not_held_reason,
        marks=_as_json(marks),
        sent_marks=None if sent_marks is None else _as_json(sent_marks),
        set_aside=_as_json(set_aside) if set_aside else None,
        off_roll=off_roll or None,
        roll=counted if state == RegisterState.TAKEN else [],
        correction_reason=correction_reason,
        sent_by=by,
        device_time=device_time,
        device=device,
        sent_at=now,
    )
    return Receipt(register, revision, is_new=True)


def _counted(register, state, roll, marks):
    """(ids of the roll for whom the register counts, those for whom it does not).

    A mark is a word about the pupil: whoever gets one is counted.
    """
    if register is None or state != RegisterState.TAKEN:
        return roll, set()
    uncounted = Uncounted.objects.filter(register=register, pupil__in=roll)
    left_out = set(uncounted.values_list("pupil_id", flat=True)) - set(marks)
    return [pupil for pupil in roll if pupil not in left_out], left_out


def _off_roll(register, roll):
    """What the register kept or says of pupils who are not on the roll, as JSON.

    The sender cannot see them, so the sheet says nothing of them.
    """
    if register is None:
        return {}
    there = set(roll)
    current = register.revisions.filter(number=register.revision).first()
    if current is None:
        return {}
    kept = dict(current.off_roll or {})
    kept |= {str(pupil): current.marks.get(str(pupil), ["", ""]) for pupil in current.roll}
    return {pupil: mark for pupil, mark in kept.items() if int(pupil) not in there}


def _base(register, base_revision, base_operation):
    """The base marks of a sheet whose sender never saw how they were merged, else None."""
    if register is None or base_operation is None:
        return None
    revision = register.revisions.filter(
        number=base_revision, operation_id=base_operation, sent_marks__isnull=False
    ).first()
    return None if revision is None else sent_marks_of(revision)


def _merged(register, base_revision, state, marks, roll, of_base):
    """The marks of both; raises `StaleRevision` when the sender has to choose.

    `of_base`: the marks the sheet was made from, None: those of the base revision.
    """
    if register is None:
        # The sheet was made from a register of another installation or of a restored backup.
        raise UnknownRevision
    revisions = {
        revision.number: revision
        for revision in register.revisions.select_related("sent_by").filter(
            number__in=[base_revision, register.revision]
        )
    }
    current = revisions[register.revision]
    base = revisions.get(base_revision)
    if base_revision and base is None:
        raise UnknownRevision
    if RegisterState.NOT_HELD in (state, current.state):
        raise StaleRevision(register, current)
    if of_base is None:
        of_base = marks_of(base) if base is not None else {}
    prefilled = set()
    if not base_revision:
        prefilled = ever_on_leave(register.school_id, register.date, register.session)
    merged, contested = merge(of_base, marks, marks_of(current), prefilled=prefilled)
    there = set(roll)
    merged = {pupil: mark for pupil, mark in merged.items() if pupil in there}
    if contested:
        raise StaleRevision(register, current, contested, merged)
    return merged


def _as_json(marks):
    return {str(pupil): [str(mark), reason] for pupil, (mark, reason) in marks.items()}


def _counts(state, not_held_reason, roll, marks):
    letters = [mark for mark, _reason in marks.values()]
    taken = state == RegisterState.TAKEN
    return {
        "state": state,
        "not_held_reason": not_held_reason,
        "roll": len(roll) if taken else 0,
        "excused": letters.count(Mark.EXCUSED),
        "unexcused": letters.count(Mark.UNEXCUSED),
        "late": letters.count(Mark.LATE),
    }
