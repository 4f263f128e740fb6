"""Writing registers that were checked and merged: their counts, absences and new revisions."""

import datetime
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from core.contention import Overtaken

from ...enums import Mark
from ...models import Absence, Register, RegisterRevision
from ..submission import Marks, RegisterSubmission, marks_as_json
from .checking import Found
from .merging import Merged


@dataclass(frozen=True)
class Accepted:
    """A submission that was checked and merged, and what it met."""

    submission: RegisterSubmission
    found: Found
    merged: Merged


def store(accepted: Sequence[Accepted]) -> list[RegisterRevision]:
    """Write registers of different class sessions and return the revisions they became.

    Four statements for new ones, however many; two or three more for each that is changed. Raises
    `Overtaken` when somebody else wrote one of them since it was found.
    """
    now = timezone.now()
    uncounted = [_uncounted(each) for each in accepted]
    registers = _registers(accepted, uncounted, now)
    changed = [
        register
        for each, register in zip(accepted, registers, strict=True)
        if each.found.register is not None
    ]
    if changed:
        Absence.objects.filter(register__in=changed).delete()
    for each, register, left_out in zip(accepted, registers, uncounted, strict=True):
        if each.found.uncounted - left_out:
            register.uncounted.exclude(pupil__in=left_out).delete()
    Absence.objects.bulk_create(
        absence
        for each, register in zip(accepted, registers, strict=True)
        for absence in _absences(register, each.merged.marks)
    )
    return RegisterRevision.objects.bulk_create(
        _revision(each, register, left_out, now)
        for each, register, left_out in zip(accepted, registers, uncounted, strict=True)
    )


def _revision(
    accepted: Accepted, register: Register, uncounted: AbstractSet[int], now: datetime.datetime
) -> RegisterRevision:
    submission, merged = accepted.submission, accepted.merged
    sent_marks, set_aside = merged.sent_marks, submission.set_aside
    counted = [pupil for pupil in accepted.found.roll if pupil not in uncounted]
    return RegisterRevision(
        school_id=register.school_id,
        register=register,
        number=register.revision,
        operation_id=submission.operation_id,
        state=submission.state,
        not_held_reason=submission.not_held_reason,
        marks=marks_as_json(merged.marks),
        sent_marks=None if sent_marks is None else marks_as_json(sent_marks),
        set_aside=marks_as_json(set_aside) if set_aside else None,
        off_roll=_off_roll(accepted.found) or None,
        roll=counted if submission.is_taken else [],
        correction_reason=submission.correction_reason.strip(),
        sent_by=submission.by,
        device_time=submission.device_time,
        device=submission.device,
        sent_at=now,
    )


def _registers(
    accepted: Sequence[Accepted], uncounted: Sequence[AbstractSet[int]], now: datetime.datetime
) -> list[Register]:
    """The registers as they are now, written, in the order of the submissions."""
    registers = []
    for each, left_out in zip(accepted, uncounted, strict=True):
        submission, found = each.submission, each.found
        values: dict[str, Any] = {
            "state": submission.state,
            "not_held_reason": submission.not_held_reason,
            "revision": found.number + 1,
            "sent_at": now,
            **_counts(submission, len(set(found.roll) - left_out), each.merged.marks),
        }
        register = found.register
        if register is None:
            register = Register(
                school_id=submission.school_class.school_id,
                school_class=submission.school_class,
                date=submission.date,
                session=submission.session,
                first_sent_at=now,
            )
        # The revision in the condition decides between two who read the same one.
        elif not Register.objects.filter(pk=register.pk, revision=found.number).update(**values):
            raise Overtaken
        for name, value in values.items():
            setattr(register, name, value)
        registers.append(register)
    Register.objects.bulk_create(each for each in registers if each.pk is None)
    return registers


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


def _uncounted(accepted: Accepted) -> AbstractSet[int]:
    """Ids of the pupils on the roll for whom the register does not count.

    A mark speaks of the pupil: whoever gets one is counted.
    """
    found = accepted.found
    if found.register is None or not accepted.submission.is_taken:
        return frozenset()
    return found.uncounted & set(found.roll) - set(accepted.merged.marks)


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


def _counts(submission: RegisterSubmission, counted: int, marks: Marks) -> dict[str, int]:
    given = [mark for mark, _reason in marks.values()]
    return {
        "roll": counted if submission.is_taken else 0,
        "excused": given.count(Mark.EXCUSED),
        "unexcused": given.count(Mark.UNEXCUSED),
        "late": given.count(Mark.LATE),
    }
