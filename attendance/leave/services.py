"""Recording that a pupil will be away, keeping the letter, and taking it back."""

import datetime

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import rules
from core.attachments import sound_upload
from core.events import Changes, Kind, record
from core.services.saving import locked_row, save_beside_others, save_checked
from core.types import User
from core.validity import valid_during
from schools.events import name_of
from schools.models import Enrolment, Pupil, SchoolClass, SchoolYear

from .. import events
from ..apps import LEAVE_DAYS, LETTER_DAYS
from ..enums import LEAVE_REASONS
from ..models import PlannedLeave

ONE_DAY = datetime.timedelta(days=1)
UPLOADS_PER_HOUR = 20


def record_leave(
    *,
    school_class: SchoolClass,
    pupil: Pupil,
    first_day: datetime.date,
    last_day: datetime.date,
    reason: str,
    announced_by: str,
    by: User,
    session: str = "",
    note: str = "",
    letter: UploadedFile | None = None,
) -> PlannedLeave:
    """Record that a pupil will be away from the first to the last day; returns the leave.

    Args:
        school_class: a class inside the writer's places; the pupil is on its roll on the
            first day, and on a roll of the same school on all of them.
        session: "am" or "pm" when only that half of each day is meant.
        announced_by: who told, in words.
        letter: an uploaded photo or PDF, or None; its name is not kept.

    The same again by the same person returns the leave there is. No register is touched.
    Raises ValidationError at the field to mend, or "overlap" when leave of some of these days
    is recorded already; nothing is kept then, the letter neither.
    """
    _check_days(school_class, first_day, last_day)
    if reason not in LEAVE_REASONS:
        raise ValidationError({"reason": _("Choose a reason that the school can excuse.")})
    if session and session not in school_class.session_list:
        raise ValidationError({"session": _("The class has no school in this half of the day.")})
    _check_roll(school_class, pupil, first_day, last_day)
    leave = PlannedLeave(
        school_id=school_class.school_id,
        pupil=pupil,
        valid_from=first_day,
        valid_to=last_day + ONE_DAY,
        session=session,
        reason=reason,
        note=note.strip(),
        announced_by=announced_by.strip(),
        recorded_by=by,
        recorded_at=timezone.now(),
    )
    there = _the_same(leave, with_letter=letter is not None)
    if there is not None:
        return there
    if letter is not None:
        leave.letter = _sound_letter(letter, by)
        leave.letter_by, leave.letter_at = by, leave.recorded_at
    try:
        leave.full_clean()
        _save(leave)
    except ValidationError:
        # It may be the same, recorded since we looked.
        there = _the_same(leave, with_letter=letter is not None)
        if there is None:
            raise
        return there
    return leave


@transaction.atomic
def add_letter(*, leave: PlannedLeave, letter: UploadedFile, by: User) -> PlannedLeave:
    """Keep the letter of a leave that was recorded without one; returns the leave.

    Raises ValidationError when the leave was withdrawn or has its letter, and at "letter" when
    the file is none; nothing is kept then.
    """
    leave = locked_row(leave)
    if leave.withdrawn_at is not None:
        raise _withdrawn_already()
    if leave.letter_at is not None:
        raise ValidationError(_("The letter of this leave is kept already."), code="kept")
    leave.letter = _sound_letter(letter, by)
    leave.letter_by, leave.letter_at = by, timezone.now()
    save_checked(leave)
    _tell(events.LEAVE_LETTER, leave, by, {})
    return leave


@transaction.atomic
def withdraw_leave(*, leave: PlannedLeave, because: str, by: User) -> PlannedLeave:
    """Take a leave back; sheets not sent yet show the pupil present again.

    Registers that were sent stay as they are. Raises ValidationError without a reason, or when
    it was withdrawn before.
    """
    leave = locked_row(leave)
    if leave.withdrawn_at is not None:
        raise _withdrawn_already()
    if not because.strip():
        raise ValidationError({"because": _("Say in a few words why it is withdrawn.")})
    leave.withdrawn_at, leave.withdrawn_by = timezone.now(), by
    leave.withdrawn_because = because.strip()
    save_checked(leave)
    days = {"valid_from": (leave.valid_from, None), "valid_to": (leave.valid_to, None)}
    _tell(events.LEAVE_WITHDRAWN, leave, by, days, reason=leave.withdrawn_because)
    return leave


def _tell(kind: Kind, leave: PlannedLeave, by: User, changes: Changes, *, reason: str = "") -> None:
    """One event of the child's story; the child is named by the record's number alone."""
    record(
        kind,
        by=by,
        about=leave,
        name=name_of(leave.pupil_id),
        part_of=Pupil(pk=leave.pupil_id),
        school=leave.school_id,
        changes=changes,
        reason=reason,
    )


def remove_old_letters() -> int:
    """Delete letters of school years that ended long enough ago (dated rule); how many.

    The rows stay. Files without a row go with the other orphans (`operations.orphan_files`).
    """
    today, removed = timezone.localdate(), 0
    kept_for = int(rules.value(LETTER_DAYS, on=today)) * ONE_DAY
    ended = SchoolYear.objects.filter(valid_to__lte=today - kept_for).order_by("-valid_to").first()
    if ended is not None:
        for leave in PlannedLeave.objects.filter(valid_from__lt=ended.valid_to).exclude(letter=""):
            leave.letter.delete(save=False)
            PlannedLeave.objects.filter(pk=leave.pk).update(letter="")
            removed += 1
    return removed


def _withdrawn_already() -> ValidationError:
    return ValidationError(_("This leave was withdrawn already."), code="withdrawn")


def _check_days(
    school_class: SchoolClass, first_day: datetime.date, last_day: datetime.date
) -> None:
    if last_day < first_day:
        raise ValidationError({"last_day": _("The last day must not lie before the first one.")})
    most = int(rules.value(LEAVE_DAYS, on=first_day))
    if (last_day - first_day).days >= most:
        raise ValidationError(
            {
                "last_day": _("At most %(days)s days at once. Record the rest when it is certain.")
                % {"days": most}
            }
        )
    year = school_class.year
    for field, day in [("first_day", first_day), ("last_day", last_day)]:
        if not year.is_valid_on(day):
            raise ValidationError(
                {field: _("The day must lie in school year %(year)s.") % {"year": year.code}}
            )


def _check_roll(
    school_class: SchoolClass, pupil: Pupil, first_day: datetime.date, last_day: datetime.date
) -> None:
    spells = list(
        Enrolment.objects.filter(
            valid_during(first_day, last_day + ONE_DAY),
            pupil=pupil,
            school=school_class.school_id,
        )
    )
    if not any(
        spell.school_class_id == school_class.pk and spell.is_valid_on(first_day)
        for spell in spells
    ):
        raise ValidationError(
            {"pupil": _("This pupil is not on the roll of the class on the first day.")}
        )
    day = first_day
    while day <= last_day:
        if not any(spell.is_valid_on(day) for spell in spells):
            raise ValidationError(
                {
                    "last_day": _("From %(day)s on the pupil is on no roll of this school.")
                    % {"day": day.strftime("%d/%m/%Y")}
                }
            )
        day += ONE_DAY


def _the_same(leave: PlannedLeave, *, with_letter: bool) -> PlannedLeave | None:
    """The leave that a nervous thumb has just recorded, or None."""
    there = (
        PlannedLeave.objects.standing()
        .filter(
            school=leave.school_id,
            pupil=leave.pupil_id,
            valid_from=leave.valid_from,
            valid_to=leave.valid_to,
            session=leave.session,
            reason=leave.reason,
            recorded_by=leave.recorded_by_id,
        )
        .first()
    )
    return there if there is not None and bool(there.letter) == with_letter else None


def _sound_letter(letter: UploadedFile, by: User) -> "File[bytes]":
    an_hour_ago = timezone.now() - datetime.timedelta(hours=1)
    sent = PlannedLeave.objects.filter(letter_by=by, letter_at__gt=an_hour_ago).count()
    return sound_upload(letter, "letter", field="letter", sent=sent, most=UPLOADS_PER_HOUR)


def _save(leave: PlannedLeave) -> None:
    try:
        with transaction.atomic():
            save_beside_others(leave)
            days = {"valid_from": (None, leave.valid_from), "valid_to": (None, leave.valid_to)}
            _tell(events.LEAVE_RECORDED, leave, leave.recorded_by, days)
    except IntegrityError:
        # Somebody recorded leave of this pupil a moment ago: say it as any other time.
        leave.letter.delete(save=False)
        leave.full_clean()
        raise
