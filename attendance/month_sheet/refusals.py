"""What is said about each column of a month: before it is sent, and when it is refused."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from schools.models import SchoolClass
from schools.pupils.selectors.rolls import names_apart

from ..enums import Mark, RegisterState
from ..mark_parsing import PRESENT
from ..registers.refusals import (
    OperationReused,
    PeriodLocked,
    PupilNotOnRoll,
    RegisterRefused,
    SessionNotDue,
    StaleRevision,
    UnknownRevision,
    WindowClosed,
)
from ..registers.selectors.registers import pupil_names, register_at
from ..registers.submission import RegisterSubmission, marks_of
from .forms import Draft, MonthForm
from .selectors import ClassMonth, ColumnKey, MarksSeen
from .table import column_label


@dataclass
class Refusal:
    """Why a column was not accepted; `ask` is where its time may be asked for."""

    message: str
    ask: str = ""

    def __str__(self) -> str:
        return self.message


@dataclass
class ConfirmLine:
    """One register that is about to be sent, in words."""

    draft: Draft
    label: str
    is_correction: bool
    present: int
    roll: int
    counts: list[tuple[str, int]]
    names: list[tuple[str, str]]


def confirm_lines(
    month: ClassMonth, form: MonthForm, seen: MarksSeen, today: datetime.date
) -> list[ConfirmLine]:
    """`ConfirmLine`s of a `MonthForm`, by day; `seen` as `marks_seen` gives it."""
    names = names_apart([line.pupil for line in month.lines])
    lines = []
    for key, draft in form.drafts.items():
        roll = month.counted_on(key)
        given = {pk: mark for pk, mark in draft.given.items() if pk in roll}
        counts = [(mark, list(given.values()).count(mark)) for mark in Mark.values]
        away = [pk for pk, mark in given.items() if mark != Mark.LATE]
        before = {pk: mark for pk, (mark, _reason) in seen.get(key, {}).items()}
        no_longer = [pk for pk in before if pk in roll and pk not in given]
        lines.append(
            ConfirmLine(
                draft=draft,
                label=column_label(key),
                is_correction=bool(draft.base_revision) and key[0] < today,
                present=len(roll) - len(away),
                roll=len(roll),
                counts=[(mark, count) for mark, count in counts if count],
                names=[
                    *((names[pk], mark) for pk, mark in given.items()),
                    *((names[pk], PRESENT) for pk in no_longer),
                ],
            )
        )
    return lines


def settle_refusals(
    school_class: SchoolClass,
    form: MonthForm,
    refusals: Iterable[tuple[RegisterSubmission, RegisterRefused]],
) -> tuple[dict[ColumnKey, Refusal], bool]:
    """(column key -> `Refusal`, whether somebody has to choose between two versions).

    The form is made ready to be shown again with every mark in it: a column somebody else has
    sent starts from their version, with ours for the contested pupils; one that can no longer
    be sent is shut.
    """
    shown: dict[ColumnKey, Refusal] = {}
    is_conflict = False
    for sent, refusal in refusals:
        key = (sent.date, sent.session)
        draft = form.drafts[key]
        message, ask = str(refusal.message), ""
        if isinstance(refusal, StaleRevision):
            is_conflict = True
            message = _settle_stale(draft, sent, refusal)
        elif isinstance(refusal, OperationReused | UnknownRevision):
            register = register_at(school_class, *key)
            draft.base_revision = register.revision if register else 0
        elif isinstance(refusal, WindowClosed | PeriodLocked | SessionNotDue):
            draft.is_shut = True
            if isinstance(refusal, WindowClosed):
                ask = reverse("attendance:reopening_ask", args=[school_class.pk, *key])
        elif isinstance(refusal, PupilNotOnRoll):
            names = pupil_names(refusal.pupil_ids)
            message = _("No longer on the roll that day: %(names)s. Look and send again.") % {
                "names": ", ".join(names.get(pk, str(pk)) for pk in refusal.pupil_ids)
            }
        shown[key] = Refusal(message, ask)
    return shown, is_conflict


def _settle_stale(draft: Draft, sent: RegisterSubmission, stale: StaleRevision) -> str:
    theirs = marks_of(stale.revision)
    draft.base_revision = stale.register.revision
    values = {
        "name": stale.revision.sent_by,
        "time": localtime(stale.revision.sent_at).strftime("%H:%M %d/%m"),
    }
    if stale.revision.state == RegisterState.NOT_HELD:
        values["reason"] = stale.register.get_not_held_reason_display()
        return (
            _(
                "%(name)s sent at %(time)s: not held (%(reason)s). "
                "Send again only if there was school."
            )
            % values
        )
    names = pupil_names(stale.pupil_ids)
    present = ("", "")
    for pk, (mark, _reason) in stale.merged.items():
        if pk not in stale.pupil_ids:
            draft.cells[pk] = mark
    for pk in set(draft.cells) - set(stale.merged) - set(stale.pupil_ids):
        draft.cells[pk] = PRESENT
    differences = []
    for pk in stale.pupil_ids:
        mine, other = sent.marks.get(pk, present), theirs.get(pk, present)
        draft.cells[pk] = mine[0] or PRESENT
        draft.offered[pk] = [mine, other]
        differences.append(
            _("%(name)s: you %(mine)s, they %(theirs)s")
            % {
                "name": names.get(pk, pk),
                "mine": mine[0] or PRESENT,
                "theirs": other[0] or PRESENT,
            }
        )
    values |= {"pupils": "; ".join(differences)}
    return (
        ngettext(
            "%(name)s sent at %(time)s, and one pupil has two marks. %(pupils)s. "
            "Leave yours or change the marked cell, then send again.",
            "%(name)s sent at %(time)s, and some pupils have two marks. %(pupils)s. "
            "Leave yours or change the marked cells, then send again.",
            len(differences),
        )
        % values
    )
