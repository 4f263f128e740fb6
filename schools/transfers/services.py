"""Sending a pupil to another school of the province, receiving one, and sending one back.

The roll of the school before ends with the day of leaving and the roll of the next one begins
with its own; marks of the past stay where they are. A transfer that waits is settled by what the
rolls say (`settle`), by whatever way they came to say it: a form, an import, a leaving taken back.
"""

import datetime
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.services.saving import save_checked
from core.types import User

from .. import events
from ..enums import EntryReason, ExitReason, Grade
from ..models import Enrolment, School, SchoolClass, Transfer
from ..models.transfers import ARRIVE, RECEIVE, REDIRECT, RETURN, STANDING, TRANSFERS, WITHDRAW
from ..pupils.past_registers import Choice, PastChoice
from ..pupils.services.enrolments import enrol_pupil, found_dropped_out, leave


@transaction.atomic
def send(
    *,
    enrolment: Enrolment,
    to: School,
    on: datetime.date,
    by: User,
    choice: Choice = PastChoice.KEPT,
) -> Transfer:
    """Let a pupil leave for another school of the province, which then expects the pupil.

    `on` is the first day no longer on the roll here: until then registers go on. Raises
    ValidationError: as `leave`; a school that does not teach the grade or is not open that day.
    """
    _check_school(to, enrolment.school_id, enrolment.grade, on)
    leave(
        enrolment=enrolment,
        on=on,
        reason=ExitReason.TRANSFER_OUT,
        cause="",
        by=by,
        choice=choice,
    )
    transfer = save_checked(
        Transfer(
            pupil=enrolment.pupil,
            from_class=enrolment.school_class,
            to_school=to,
            grade=enrolment.grade,
            leaves_on=on,
            sent_by=by,
            sent_on=timezone.localdate(),
        )
    )
    TRANSFERS.tell(events.TRANSFER_SENT, transfer, by=by, changes={"to_school": (None, to.name)})
    return transfer


@transaction.atomic
def receive(
    *,
    transfer: Transfer,
    to: SchoolClass,
    start: datetime.date,
    by: User,
    choice: Choice = PastChoice.PRESENT,
) -> Enrolment:
    """Put an expected pupil on the roll of a class from `start` on.

    In a class that does not teach the pupil's grade the pupil is of its lowest one. Raises
    ValidationError: nobody expected any more, a class of another school, a day on which the
    pupil is still on the roll before; and as `enrol_pupil`.
    """
    with TRANSFERS.change(RECEIVE, transfer, by=by) as step:
        if to.school_id != step.row.to_school_id:
            raise ValidationError({"to": _("Choose a class of the school.")}, code="other_school")
        if start < step.row.leaves_on:
            raise ValidationError(
                {
                    "start": _(
                        "Until %(day)s the pupil is on the roll of %(school)s. Choose that day "
                        "or a later one."
                    )
                    % {
                        "day": step.row.leaves_on.strftime("%d/%m/%Y"),
                        "school": step.row.from_class.school.name,
                    }
                },
                code="still_there",
            )
        spell = enrol_pupil(
            pupil=step.row.pupil,
            school_class=to,
            grade=step.row.grade if step.row.grade in to.grade_list else to.grade_list[0],
            start=start,
            reason=EntryReason.TRANSFER_IN,
            by=by,
            choice=choice,
        )
        step.row.enrolment = spell
    return spell


def send_back(*, transfer: Transfer, reason: str, by: User) -> Transfer:
    """Say that an expected pupil does not come here, and why; the sending school goes on from it.

    Raises ValidationError when nobody is expected any more, or without a reason.
    """
    with TRANSFERS.change(RETURN, transfer, by=by) as step:
        if not reason.strip():
            raise ValidationError({"reason": _("Say why.")}, code="reason_missing")
        step.row.reason = step.reason = reason
    return step.row


def send_on(*, transfer: Transfer, to: School, by: User) -> Transfer:
    """Say that the pupil went to another school than was said; that one expects the pupil now.

    Raises ValidationError: received meanwhile, and of the school as `send`.
    """
    with TRANSFERS.change(REDIRECT, transfer, by=by) as step:
        before = step.row.to_school
        _check_school(to, step.row.from_class.school_id, step.row.grade, timezone.localdate())
        step.row.to_school, step.row.sent_on, step.row.sent_by = to, timezone.localdate(), by
        step.row.reason = ""
        step.changes["to_school"] = (before.name, to.name)
    return step.row


@transaction.atomic
def say_dropped_out(
    *, transfer: Transfer, cause: str, further: Collection[str] = (), by: User
) -> Transfer:
    """Say that the pupil went to no school: the leaving was a dropout.

    Args:
        cause: the main one; further: others that came together with it (several are counted by
            letter 3237/BGDĐT-KHTC of 8 June 2010).

    Raises ValidationError: the pupil is received meanwhile, or a cause is none of the list.
    """
    found = TRANSFERS.lock(REDIRECT, transfer, by=by)
    spell = spell_left(found)
    if spell is None:
        raise ValidationError(REDIRECT.refusal, code="gone")
    # The roll no longer says that the pupil went to another school, which settles the transfer.
    found_dropped_out(enrolment=spell, cause=cause, further=further, by=by)
    TRANSFERS.tell(events.TRANSFER_DROPPED, found, by=by)
    found.refresh_from_db()
    return found


def spell_left(transfer: Transfer) -> Enrolment | None:
    """The time in class that ended with the transfer, with its class and year; None when that
    is no longer so."""
    return (
        Enrolment.objects.filter(
            pupil=transfer.pupil_id,
            valid_to=transfer.leaves_on,
            exit_reason=ExitReason.TRANSFER_OUT,
        )
        .select_related("pupil", "school_class__year", "school_class__school")
        .first()
    )


@transaction.atomic
def settle(*, class_ids: Collection[int], by: User | None) -> None:
    """Settle the transfers of pupils on whose rolls something changed; one query when none waits.

    A pupil who is on the roll of the expecting school has arrived; who is on another roll, or did
    not leave after all, is expected no longer.
    """
    in_these = Enrolment.objects.filter(pupil=OuterRef("pupil"), school_class__in=class_ids)
    waiting = Transfer.objects.filter(
        Q(from_class__in=class_ids) | Exists(in_these), state__in=STANDING
    )
    ids = list(waiting.values_list("pk", flat=True))
    if not ids:
        return
    rows = TRANSFERS.locked(pk__in=ids)
    spells: dict[int, list[Enrolment]] = {}
    for spell in Enrolment.objects.filter(pupil__in=[row.pupil_id for row in rows]).order_by(
        "valid_from"
    ):
        spells.setdefault(spell.pupil_id, []).append(spell)
    for row in rows:
        own = spells.get(row.pupil_id, [])
        after = next((each for each in own if each.valid_from >= row.leaves_on), None)
        has_left = any(
            each.valid_to == row.leaves_on and each.exit_reason == ExitReason.TRANSFER_OUT
            for each in own
        )
        if after is not None and has_left and after.school_id == row.to_school_id:
            with TRANSFERS.change(ARRIVE, row, by=by) as step:
                step.row.enrolment = after
        elif after is not None or not has_left:
            with TRANSFERS.change(WITHDRAW, row, by=by):
                pass


def _check_school(to: School, from_school_id: int, grade: int, on: datetime.date) -> None:
    if to.pk == from_school_id:
        raise ValidationError(
            {"to": _("Use “Move to another class” for a pupil of this school.")},
            code="same_school",
        )
    if not to.is_valid_on(on):
        raise ValidationError({"to": _("This school is not open on that day.")}, code="closed")
    if Grade(grade).education_level not in to.education_levels:
        raise ValidationError(
            {"to": _("%(school)s does not teach this grade.") % {"school": to.name}},
            code="wrong_level",
        )
