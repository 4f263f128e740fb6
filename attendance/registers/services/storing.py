"""Writing a register that was checked and merged: its counts, absences and new revision."""

import datetime
from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from typing import Any

from django.utils import timezone

from core.contention import Overtaken

from ...enums import Mark
from ...models import Absence, Register, RegisterRevision
from ..submission import Marks, RegisterSubmission, marks_as_json
from .checking import Found
from .merging import Merged


def store(submission: RegisterSubmission, found: Found, merged: Merged) -> RegisterRevision:
    """Write the register and return the revision it became.

    Raises `Overtaken` when somebody else wrote it since it was found.
    """
    now = timezone.now()
    uncounted = _uncounted(submission, found, merged.marks)
    counted = [pupil for pupil in found.roll if pupil not in uncounted]
    register = _register(submission, found, _counts(submission, counted, merged.marks), now)
    if found.register is not None:
        register.absences.all().delete()
        if found.uncounted - uncounted:
            register.uncounted.exclude(pupil__in=uncounted).delete()
    Absence.objects.bulk_create(_absences(register, merged.marks))
    sent_marks, set_aside = merged.sent_marks, submission.set_aside
    return RegisterRevision.objects.create(
        school_id=register.school_id,
        register=register,
        number=register.revision,
        operation_id=submission.operation_id,
        state=submission.state,
        not_held_reason=submission.not_held_reason,
        marks=marks_as_json(merged.marks),
        sent_marks=None if sent_marks is None else marks_as_json(sent_marks),
        set_aside=marks_as_json(set_aside) if set_aside else None,
        off_roll=_off_roll(found) or None,
        roll=counted if submission.is_taken else [],
        correction_reason=submission.correction_reason.strip(),
        sent_by=submission.by,
        device_time=submission.device_time,
        device=submission.device,
        sent_at=now,
    )


def _register(
    submission: RegisterSubmission,
    found: Found,
    counts: dict[str, int],
    now: datetime.datetime,
) -> Register:
    values: dict[str, Any] = {
        "state": submission.state,
        "not_held_reason": submission.not_held_reason,
        "revision": found.number + 1,
        "sent_at": now,
        **counts,
    }
    register = found.register
    if register is None:
        return Register.objects.create(
            school_id=submission.school_class.school_id,
            school_class=submission.school_class,
            date=submission.date,
            session=submission.session,
            first_sent_at=now,
            **values,
        )
    # The revision in the condition decides between two who read the same one.
    if not Register.objects.filter(pk=register.pk, revision=found.number).update(**values):
        raise Overtaken
    for name, value in values.items():
        setattr(register, name, value)
    return register


def _absences(register: Register, marks: Marks) -> Iterable[Absence]:
    return (
        Absence(
            school_id=register.school_id,
            register=register,
            pupil_id=pupil,
            mark=mark,
            reason=reason,
        )
        for pupil, (mark, reason) in marks.items()
    )


def _uncounted(submission: RegisterSubmission, found: Found, marks: Marks) -> AbstractSet[int]:
    """Ids of the pupils on the roll for whom the register does not count.

    A mark speaks of the pupil: whoever gets one is counted.
    """
    if found.register is None or not submission.is_taken:
        return set()
    return found.uncounted & set(found.roll) - set(marks)


def _off_roll(found: Found) -> dict[str, list[str]]:
    """What the register holds of pupils who are not on the roll, as JSON.

    The sender cannot see them, so the sheet says nothing of them.
    """
    if found.current is None:
        return {}
    on_roll, marks = set(found.roll), found.current.marks
    held = dict(found.current.off_roll or {})
    held |= {str(pupil): marks.get(str(pupil), ["", ""]) for pupil in found.current.roll}
    return {pupil: mark for pupil, mark in held.items() if int(pupil) not in on_roll}


def _counts(
    submission: RegisterSubmission, counted: Collection[int], marks: Marks
) -> dict[str, int]:
    given = [mark for mark, _reason in marks.values()]
    return {
        "roll": len(counted) if submission.is_taken else 0,
        "excused": given.count(Mark.EXCUSED),
        "unexcused": given.count(Mark.UNEXCUSED),
        "late": given.count(Mark.LATE),
    }
