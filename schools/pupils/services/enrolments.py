"""Putting pupils on the roll, moving them, letting them leave and taking a mistake back.

`on` and `start` are days: the first day on the roll, or the first day no longer on it.
Everything that changes a roll sends `enrolments_changed` to the packages above, with the days
for which the roll is another one now.
"""

import datetime
from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.events import Changes, Kind, record
from core.services.saving import lock_in_place, save_checked
from core.types import User

from ... import events
from ...enums import DropoutCause, EntryReason, ExitReason
from ...models import Enrolment, Pupil, SchoolClass, SchoolYear
from ...signals import enrolments_changed
from ..past_registers import Choice, PastChoice


@transaction.atomic
def enrol_pupil(
    *,
    pupil: Pupil,
    school_class: SchoolClass,
    grade: int,
    start: datetime.date,
    reason: str,
    by: User | None,
    choice: Choice = PastChoice.PRESENT,
) -> Enrolment:
    """Put a pupil on the roll of a class from `start` on.

    A spell left open in a school year that is over ends with that year. A pupil who dropped
    out in this school year can only come back as a returner, and only such a pupil can: the
    returners are counted (movement of pupils, letter 3237/BGDĐT-KHTC of 8 June 2010).
    `choice`: what registers already sent say of the pupil (`schools.pupils.past_registers`).
    Raises ValidationError: overlapping spell, wrong grade, day outside the school year;
    ChoiceNeeded, as every change of the roll, when the choice is `ASK` and there are some.
    """
    if reason == EntryReason.CLASS_CHANGE:
        raise ValidationError(
            {"reason": _("Use “Move to another class” for a pupil of this school.")},
            code="not_a_move",
        )
    _require_open_year(school_class.year)
    _finish_past_year(pupil=pupil, start=start, by=by)
    _check_return(pupil, school_class.year, start, reason)
    spell = _begin(pupil, school_class, grade, start, reason, by)
    _announce([spell], start, by=by, choice=choice)
    changes = {"valid_from": (None, start), "entry_reason": (None, spell.entry_reason)}
    _tell(events.PUPIL_ENROLLED, spell, by, changes=changes)
    return spell


@transaction.atomic
def move_class(
    *,
    enrolment: Enrolment,
    to: SchoolClass,
    on: datetime.date,
    by: User,
    grade: int | None = None,
    choice: Choice = PastChoice.PRESENT,
) -> Enrolment:
    """Move a pupil to another class of the same school and year, from `on` on.

    On the very first day of the spell nothing has been spent in the old class: the spell
    itself is corrected. Else it ends and one in the new class begins. `grade` is only needed
    for a multi-grade class that does not teach the pupil's grade. Raises ValidationError.
    """
    _check_still_there(enrolment)
    _require_open_year(to.year)
    old = enrolment.school_class
    if to.pk == old.pk or to.school_id != old.school_id or to.year_id != old.year_id:
        raise ValidationError(
            {"to": _("Choose another class of the same school and school year.")},
            code="not_another_class",
        )
    if grade is None:
        grade = enrolment.grade if enrolment.grade in to.grade_list else to.grade_list[0]
    if on == enrolment.valid_from:
        enrolment.school_class, enrolment.grade = to, grade
        save_checked(enrolment, by=by)
        _announce([enrolment], on, enrolment.valid_to, by=by, choice=choice, moved_from=old.pk)
        _tell_moved(enrolment, old, on, by)
        return enrolment
    _end(enrolment, on, ExitReason.CLASS_CHANGE, "", by)
    spell = _begin(enrolment.pupil, to, grade, on, EntryReason.CLASS_CHANGE, by)
    _announce([spell], on, by=by, choice=choice, moved_from=old.pk)
    _tell_moved(spell, old, on, by)
    return spell


@transaction.atomic
def transfer(
    *,
    enrolment: Enrolment,
    to: SchoolClass,
    grade: int,
    on: datetime.date,
    by: User,
    choice: Choice = PastChoice.PRESENT,
) -> Enrolment:
    """Move a pupil to a class of another school: leaves there, comes here, on one day.

    Raises ValidationError when `to` is in the same school, or as `leave` and `enrol_pupil`.
    """
    if to.school_id == enrolment.school_id:
        raise ValidationError(
            {"to": _("Use “Move to another class” for a pupil of this school.")},
            code="same_school",
        )
    leave(enrolment=enrolment, on=on, reason=ExitReason.TRANSFER_OUT, cause="", by=by)
    return enrol_pupil(
        pupil=enrolment.pupil,
        school_class=to,
        grade=grade,
        start=on,
        reason=EntryReason.TRANSFER_IN,
        by=by,
        choice=choice,
    )


@transaction.atomic
def leave(
    *,
    enrolment: Enrolment,
    on: datetime.date,
    reason: str,
    cause: str,
    by: User,
    further: Collection[str] = (),
    choice: Choice = PastChoice.KEPT,
) -> Enrolment:
    """Take a pupil off the roll: `on` is the first day no longer on it.

    A dropout needs its cause (the causes of letter 3237/BGDĐT-KHTC of 8 June 2010, of which
    several may come together: `further`); no other reason has one. Raises ValidationError:
    already left, day before the first one or outside the school year, cause missing or unknown.
    """
    _check_still_there(enrolment)
    _require_open_year(enrolment.school_class.year)
    if reason == ExitReason.CLASS_CHANGE:
        raise ValidationError(
            {"reason": _("Use “Move to another class” for a pupil of this school.")},
            code="not_a_move",
        )
    if reason == ExitReason.DROPOUT:
        _require_cause(cause)
        enrolment.further_causes = _joined(cause, further)
    _end(enrolment, on, reason, cause if reason == ExitReason.DROPOUT else "", by)
    _announce([enrolment], on, by=by, choice=choice)
    changes = {
        "valid_to": (None, on),
        "exit_reason": ("", enrolment.exit_reason),
        "dropout_cause": ("", enrolment.dropout_cause),
    }
    if enrolment.further_causes:
        changes["further_causes"] = ("", enrolment.further_causes)
    _tell(events.PUPIL_LEFT, enrolment, by, changes=changes)
    return enrolment


@transaction.atomic
def undo_leaving(
    *, enrolment: Enrolment, by: User, reason: str, choice: Choice = PastChoice.PRESENT
) -> Enrolment:
    """Take a wrong leaving back: the pupil was on the roll all the time.

    The marks that registers kept meanwhile come back; `choice` is for registers first sent
    while the pupil was off the roll.

    Raises ValidationError when the pupil has not left, or is on another roll since.
    """
    _lock(enrolment)
    _require_open_year(enrolment.school_class.year)
    if enrolment.valid_to is None:
        raise ValidationError(_("This pupil has not left the class."), code="not_left")
    if enrolment.exit_reason == ExitReason.CLASS_CHANGE:
        raise ValidationError(
            _("This pupil changed class. Move the pupil back to this class instead."),
            code="changed_class",
        )
    gone_since = enrolment.valid_to
    changes: dict[str, tuple[Any, Any]] = {"valid_to": (gone_since, None)}
    changes |= {name: (getattr(enrolment, name), "") for name in ("exit_reason", "dropout_cause")}
    if enrolment.further_causes:
        changes["further_causes"] = (enrolment.further_causes, "")
    enrolment.valid_to, enrolment.exit_reason, enrolment.dropout_cause = None, "", ""
    enrolment.further_causes = ""
    save_checked(enrolment, by=by, reason=reason)
    _announce([enrolment], gone_since, by=by, choice=choice)
    _tell(events.LEAVING_UNDONE, enrolment, by, changes=changes, reason=reason)
    return enrolment


@transaction.atomic
def found_dropped_out(
    *, enrolment: Enrolment, cause: str, further: Collection[str] = (), by: User
) -> Enrolment:
    """Say of a pupil who left for another school that it was a dropout; the day stays.

    Args:
        cause: the main one; further: others that came together with it.

    Raises ValidationError: left for something else, cause missing, a closed year.
    """
    _lock(enrolment)
    _require_open_year(enrolment.school_class.year)
    if enrolment.exit_reason != ExitReason.TRANSFER_OUT or enrolment.valid_to is None:
        raise ValidationError(
            _("This pupil did not leave for another school. Open the page again."),
            code="no_transfer",
        )
    _require_cause(cause)
    changes = {
        "exit_reason": (enrolment.exit_reason, ExitReason.DROPOUT),
        "dropout_cause": ("", cause),
    }
    enrolment.exit_reason, enrolment.dropout_cause = ExitReason.DROPOUT, cause
    enrolment.further_causes = _joined(cause, further)
    if enrolment.further_causes:
        changes["further_causes"] = ("", enrolment.further_causes)
    save_checked(enrolment, by=by)
    _announce([enrolment], enrolment.valid_to, by=by, choice=PastChoice.KEPT)
    _tell(events.PUPIL_LEFT, enrolment, by, changes=changes)
    return enrolment


def _joined(cause: str, further: Collection[str]) -> str:
    """The further causes as they are kept; the main one is none of them."""
    unknown = set(further) - set(DropoutCause.values)
    if unknown:
        raise ValidationError({"further": _("Choose causes of the list.")}, code="unknown_cause")
    return ",".join(each for each in DropoutCause.values if each in further and each != cause)


def _require_cause(cause: str) -> None:
    if not cause:
        raise ValidationError(
            {"cause": _("Say why the pupil dropped out. If nobody knows, choose “Other”.")},
            code="cause_missing",
        )


def _require_open_year(year: SchoolYear) -> None:
    if year.closed_at is not None:
        raise ValidationError(
            _("School year %(year)s is closed; its rolls stay as they are.") % {"year": year.code},
            code="year_closed",
        )


def _begin(
    pupil: Pupil,
    school_class: SchoolClass,
    grade: int,
    start: datetime.date,
    reason: str,
    by: User | None,
) -> Enrolment:
    spell = Enrolment(
        pupil=pupil,
        school_class=school_class,
        grade=grade,
        valid_from=start,
        entry_reason=reason,
    )
    spell.copy_from_owners()
    save_checked(spell, by=by)
    return spell


def _end(enrolment: Enrolment, on: datetime.date, reason: str, cause: str, by: User | None) -> None:
    if on <= enrolment.valid_from:
        raise ValidationError(
            {
                "on": _("The pupil is on the roll from %(day)s. Choose a later day.")
                % {"day": enrolment.valid_from.strftime("%d/%m/%Y")}
            },
            code="before_the_beginning",
        )
    enrolment.valid_to, enrolment.exit_reason, enrolment.dropout_cause = on, reason, cause
    save_checked(enrolment, by=by)


def _lock(enrolment: Enrolment) -> None:
    """Read the spell as it is now and keep others from writing it until we are done.

    PostgreSQL locks the row; SQLite let this transaction begin only when nobody else writes.
    """
    lock_in_place(enrolment)


def _check_still_there(enrolment: Enrolment) -> None:
    _lock(enrolment)
    if enrolment.valid_to is not None:
        raise ValidationError(
            _("This pupil already left the class on %(day)s. Open the page again.")
            % {"day": enrolment.valid_to.strftime("%d/%m/%Y")},
            code="already_left",
        )


def _check_return(pupil: Pupil, year: SchoolYear, start: datetime.date, reason: str) -> None:
    last = (
        Enrolment.objects.filter(pupil=pupil, valid_to__lte=start)
        .order_by("-valid_to")
        .values_list("exit_reason", "school_class__year_id")
        .first()
    )
    left_because, left_in_year = last or ("", None)
    was_dropout = left_because == ExitReason.DROPOUT
    if reason == EntryReason.RETURN and not was_dropout:
        raise ValidationError(
            {"reason": _("This pupil did not drop out before. Choose another reason.")},
            code="never_dropped_out",
        )
    if was_dropout and left_in_year == year.pk and reason != EntryReason.RETURN:
        raise ValidationError(
            {
                "reason": _(
                    "This pupil dropped out earlier in this school year. "
                    "Choose “Came back after dropping out”."
                )
            },
            code="is_a_return",
        )


def _finish_past_year(*, pupil: Pupil, start: datetime.date, by: User | None) -> None:
    """End the spell that was left open when its school year ended."""
    forgotten = (
        Enrolment.objects.filter(
            pupil=pupil, valid_to=None, school_class__year__valid_to__lte=start
        )
        .select_related("school_class__year")
        .first()
    )
    if forgotten is not None:
        last = forgotten.school_class.year.valid_to
        _end(forgotten, last, ExitReason.COMPLETED, "", by)
        _announce([forgotten], last, by=by, choice=PastChoice.KEPT)


def _tell(
    kind: Kind, spell: Enrolment, by: User | None, *, changes: Changes, reason: str = ""
) -> None:
    """One event about a time in class; the child is named by the record's number alone."""
    record(
        kind,
        by=by,
        about=spell,
        name=events.name_of(spell.pupil_id, spell.school_class.name),
        part_of=spell.pupil,
        school=spell.school_id,
        changes=changes,
        reason=reason,
    )


def _tell_moved(spell: Enrolment, old: SchoolClass, on: datetime.date, by: User) -> None:
    changes = {"school_class": (old.name, spell.school_class.name), "valid_from": (None, on)}
    _tell(events.CLASS_CHANGED, spell, by, changes=changes)


def _announce(
    spells: Collection[Enrolment],
    start: datetime.date,
    end: datetime.date | None = None,
    *,
    by: User | None,
    choice: Choice,
    moved_from: int | None = None,
) -> None:
    class_ids = {spell.school_class_id for spell in spells} | ({moved_from} - {None})
    enrolments_changed.send(
        sender=Enrolment,
        school_class_ids=sorted(class_ids),
        start=start,
        end=end,
        pupil_ids=[spell.pupil_id for spell in spells],
        by=by,
        choice=choice,
    )
