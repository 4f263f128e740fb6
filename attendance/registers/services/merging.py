"""Two sheets of one register become one, pupil by pupil.

Both sides started from the same base. A side that left a pupil as in the base says
nothing about that pupil; "present" is what a sheet shows before anybody touched it. So marks
for different pupils, and the same mark twice, go together; only two different new marks for
one pupil are for a person to decide.
"""

from collections.abc import Collection
from dataclasses import dataclass

from ...enums import RegisterState
from ...leave.selectors import ever_on_leave
from ...models import Register
from ..refusals import StaleRevision, UnknownRevision
from ..submission import MarkAndReason, Marks, RegisterSubmission, marks_of, sent_marks_of
from .checking import Found


@dataclass(frozen=True)
class Merged:
    """The marks to be stored; `sent_marks`: what was sent, when that was merged with another's."""

    marks: Marks
    sent_marks: Marks | None = None


def merge_with_found(submission: RegisterSubmission, found: Found) -> Merged:
    """The sender's marks, with what others sent meanwhile.

    Raises `StaleRevision` when a person has to choose, `UnknownRevision` when the sheet was made
    from a register of another installation or of a restored backup.
    """
    unseen = _base_never_seen(submission, found)
    if found.number == submission.base_revision and unseen is None:
        return Merged(submission.marks)
    register, current = found.register, found.current
    base = found.revisions.get(submission.base_revision)
    if register is None or current is None or (submission.base_revision and base is None):
        raise UnknownRevision
    if RegisterState.NOT_HELD in (submission.state, current.state):
        raise StaleRevision(register, current)
    if unseen is None:
        unseen = marks_of(base) if base is not None else {}
    merged, contested = merge(
        unseen, submission.marks, marks_of(current), prefilled=_prefilled(submission, register)
    )
    on_roll = set(found.roll)
    merged = {pupil: mark for pupil, mark in merged.items() if pupil in on_roll}
    if contested:
        raise StaleRevision(register, current, contested, merged)
    return Merged(merged, submission.marks)


def _base_never_seen(submission: RegisterSubmission, found: Found) -> Marks | None:
    """The base marks of a sheet whose sender never saw how they were merged, else None."""
    base = found.revisions.get(submission.base_revision)
    if submission.base_operation is None or base is None or base.sent_marks is None:
        return None
    return sent_marks_of(base) if base.operation_id == submission.base_operation else None


def _prefilled(submission: RegisterSubmission, register: Register) -> Collection[int]:
    if submission.base_revision:
        return ()
    return ever_on_leave(register.school_id, register.date, register.session)


def merge(
    base: Marks, mine: Marks, theirs: Marks, *, prefilled: Collection[int] = frozenset()
) -> tuple[dict[int, MarkAndReason], set[int]]:
    """(merged marks, set of contested pupil ids).

    `prefilled` are pupils whom a sheet without a register may have shown away: there both a
    mark and none may be what nobody touched, so one against the other is contested.
    Symmetric but for the contested pupils, who keep the mark of `theirs` until decided.
    A reason given by one side only belongs to the mark both agree on.
    """
    merged, contested = dict(theirs), set()
    for pupil in {*base, *mine, *theirs}:
        before, here, there = base.get(pupil), mine.get(pupil), theirs.get(pupil)
        if here == there:
            continue
        if pupil in prefilled and None in (here, there):
            contested.add(pupil)
            continue
        if here == before:
            continue
        if there == before:
            if here is None:
                merged.pop(pupil, None)
            else:
                merged[pupil] = here
        elif here and there and here[0] == there[0] and "" in (here[1], there[1]):
            merged[pupil] = (here[0], here[1] or there[1])
        else:
            contested.add(pupil)
    return merged, contested
