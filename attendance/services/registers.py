"""Sending a register: the only way one is written.

Every accepted submission is a revision. The operation id makes sending safe to repeat; the
base revision makes sure nobody overwrites what he has not seen.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from schools import rules
from schools.months import Month
from schools.selectors.rolls import roll_on

from ..apps import CORRECTION_DAYS
from ..enums import AbsenceReason, Mark, NotHeldReason, RegisterState
from ..models import Absence, Register, RegisterRevision
from ..selectors.calendar import is_due
from ..signals import register_saved


class RegisterRefused(Exception):
    """A submission that cannot be accepted; `message` tells the sender what to do."""

    message = _("The register could not be accepted.")

    def __init__(self, message=None):
        self.message = message or self.message
        super().__init__(self.message)


class SessionNotDue(RegisterRefused):
    message = _("There is no school in this session, so there is nothing to send.")


class WindowClosed(RegisterRefused):
    message = _("The registers of this month can no longer be changed.")


class ReasonMissing(RegisterRefused):
    message = _("Say in a few words why the register of an earlier day is corrected.")


class WrongMarks(RegisterRefused):
    message = _("A mark or reason is not one of the list. Open the sheet again and send it anew.")


class PupilNotOnRoll(RegisterRefused):
    """Marks for pupils who are not on the roll of that day."""

    message = _(
        "The roll has changed since the sheet was opened. Look at the sheet again and send it anew."
    )

    def __init__(self, pupil_ids):
        self.pupil_ids = sorted(pupil_ids)
        super().__init__()


class OperationReused(RegisterRefused):
    """An operation id came again with other content."""

    message = _("This sheet was sent before with other marks. Open it again and send it anew.")


class StaleRevision(RegisterRefused):
    """Somebody sent the register meanwhile; nothing was written."""

    message = _("Somebody has sent this register meanwhile. Compare both and send again.")

    def __init__(self, register, revision):
        self.register = register
        self.revision = revision
        super().__init__()


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


def receipt_code(revision):
    """Six characters that follow from the revision's operation and content."""
    seed = f"{revision.operation_id}{revision.content_hash}".encode()
    return hashlib.sha256(seed).hexdigest()[:6].upper()


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
    device_time=None,
):
    """Accept one submission of a register, whole or not at all.

    Args:
        school_class: a class the caller found inside the sender's places.
        operation_id: UUID made when the sheet was opened; the same one again returns the
            first receipt (`is_new` False).
        base_revision: number of the revision the sheet was made from, 0 for none.
        marks: dict pupil id -> (mark, reason or ""); everybody else on the roll is present.
        correction_reason: needed when the day is past and a register exists.
    Raises a `RegisterRefused`: SessionNotDue, WindowClosed, WrongMarks, PupilNotOnRoll,
    ReasonMissing, OperationReused, StaleRevision. Nothing is written then.
    """
    marks = {int(pupil): (mark, reason or "") for pupil, (mark, reason) in marks.items()}
    _check_values(state, marks, not_held_reason)
    content = _content_hash(school_class.pk, date, session, state, not_held_reason, marks)
    try:
        with transaction.atomic():
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
                device_time=device_time,
                content=content,
            )
            register_saved.send(sender=Register, school_class_ids=[school_class.pk], date=date)
            return receipt
    except IntegrityError:
        # A twin was faster: either the same operation, or another first revision.
        repeated = _find_operation(school_class.school_id, operation_id, content)
        if repeated is not None:
            return repeated
        register, revision = _current(school_class, date, session)
        if register is None:
            raise
        raise StaleRevision(register, revision) from None


def correction_window_end(date):
    """First day on which the register of `date` can no longer be changed (dated rule)."""
    month_end = Month.of(date).end
    return month_end + timedelta(days=int(rules.value(CORRECTION_DAYS, on=date)))


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


def _content_hash(class_id, date, session, state, not_held_reason, marks):
    content = [
        class_id,
        date.isoformat(),
        str(session),
        str(state),
        not_held_reason,
        sorted((pupil, str(mark), reason) for pupil, (mark, reason) in marks.items()),
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _find_operation(school_id, operation_id, content):
    revision = (
        RegisterRevision.objects.filter(school_id=school_id, operation_id=operation_id)
        .select_related("register", "sent_by")
        .first()
    )
    if revision is None:
        return None
    if revision.content_hash != content:
        raise OperationReused
    return Receipt(revision.register, revision, is_new=False)


def _current(school_class, date, session):
    register = Register.objects.filter(
        school_class=school_class, date=date, session=session
    ).first()
    if register is None:
        return None, None
    revision = register.revisions.select_related("sent_by").get(number=register.revision)
    return register, revision


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
    device_time,
    content,
):
    today = timezone.localdate()
    if date > today:
        raise SessionNotDue(_("This day has not come yet."))
    if today >= correction_window_end(date):
        raise WindowClosed
    if not is_due(school_class, date, session):
        raise SessionNotDue
    roll = [spell.pupil_id for spell in roll_on(school_class, date)]
    strangers = set(marks) - set(roll)
    if strangers:
        raise PupilNotOnRoll(strangers)
    register = Register.objects.filter(
        school_class=school_class, date=date, session=session
    ).first()
    number = register.revision if register else 0
    if number != base_revision:
        raise StaleRevision(*_current(school_class, date, session))
    if register is not None and date < today and not correction_reason:
        raise ReasonMissing
    now = timezone.now()
    values = _counts(state, not_held_reason, roll, marks) | {
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
            raise StaleRevision(*_current(school_class, date, session))
        register.absences.all().delete()
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
        content_hash=content,
        state=state,
        not_held_reason=not_held_reason,
        marks={str(pupil): [str(mark), reason] for pupil, (mark, reason) in marks.items()},
        roll=roll if state == RegisterState.TAKEN else [],
        correction_reason=correction_reason,
        sent_by=by,
        device_time=device_time,
        sent_at=now,
    )
    return Receipt(register, revision, is_new=True)


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
