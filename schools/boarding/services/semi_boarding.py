"""Saying who is a semi-boarder, why and from when to when: of a pupil, and of a class at once."""

import datetime
from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.events import Changes, Kind, record
from core.services.saving import locked_row, save_checked
from core.types import User

from ... import events
from ...models import Enrolment, Pupil, SchoolClass, SemiBoarding


@transaction.atomic
def begin_semi_boarding(
    *,
    spell: Enrolment,
    start: datetime.date,
    by: User,
    basis: str = "",
    own_lodging: bool = False,
    end: datetime.date | None = None,
) -> SemiBoarding:
    """Say that a pupil is a semi-boarder from `start` on, until the day before `end`.

    Args:
        spell: the time in class by which the writer reaches the pupil.
    Raises ValidationError: another time meets this one, an end before the start, a record made
    anonymous.
    """
    pupil = _locked(spell.pupil)
    row = save_checked(
        SemiBoarding(
            pupil=pupil, basis=basis, own_lodging=own_lodging, valid_from=start, valid_to=end
        )
    )
    changes: Changes = {
        name: (None, value) for name, value in _told(row).items() if value not in ("", None)
    }
    _tell(events.SEMI_BOARDING_BEGUN, row, spell, by, changes)
    return row


@transaction.atomic
def change_semi_boarding(
    *,
    time: SemiBoarding,
    spell: Enrolment,
    by: User,
    start: datetime.date,
    end: datetime.date | None,
    basis: str,
    own_lodging: bool,
) -> SemiBoarding:
    """Correct a time as a semi-boarder, or end it. Raises ValidationError: as the beginning, and
    when nothing has been changed."""
    _locked(time.pupil)
    row = locked_row(time)
    before = _told(row)
    row.valid_from, row.valid_to, row.basis, row.own_lodging = start, end, basis, own_lodging
    save_checked(row)
    after = _told(row)
    changes = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
    if not changes:
        raise ValidationError(_("Nothing has been changed."), code="nothing_changed")
    _tell(events.SEMI_BOARDING_CHANGED, row, spell, by, changes)
    return row


@transaction.atomic
def remove_semi_boarding(*, time: SemiBoarding, spell: Enrolment, by: User, reason: str) -> None:
    """Take back a time that was entered by mistake: the pupil never was a semi-boarder then."""
    if not reason.strip():
        raise ValidationError({"reason": _("Say why.")}, code="reason_missing")
    _locked(time.pupil)
    row = locked_row(time)
    changes: Changes = {
        name: (value, None) for name, value in _told(row).items() if value not in ("", None)
    }
    _tell(events.SEMI_BOARDING_REMOVED, row, spell, by, changes, reason)
    row.delete()


@transaction.atomic
def enter_class(
    *,
    school_class: SchoolClass,
    chosen: Collection[int],
    shown: Collection[int],
    on: datetime.date,
    basis: str,
    by: User,
) -> tuple[int, int]:
    """Say who of a class is a semi-boarder from a day on: the chosen are, the others are not.

    Who is one already stays as entered; who is chosen begins on the day, for `basis`; whose time
    runs and who is not chosen ends with the day before (a time of that very day is removed).
    Only pupils on the roll on the day are touched, and nobody ends who was not `shown` to the
    writer: a pupil who came since is no decision of theirs.

    Returns (begun, ended). Raises ValidationError: a pupil who is not on the roll that day, a
    later time in the way, no reason for
    those who begin, no change.
    """
    spells = {
        each.pupil_id: each
        for each in Enrolment.objects.on(on)
        .filter(school_class=school_class)
        .select_related("pupil", "school_class")
    }
    if set(chosen) - set(spells):
        raise ValidationError(
            _("Somebody chosen is not on the roll on that day. Open the page again."),
            code="not_on_roll",
        )
    list(Pupil.objects.select_for_update().filter(pk__in=spells).order_by("pk"))
    standing = {
        row.pupil_id: row
        for row in SemiBoarding.objects.select_for_update().on(on).filter(pupil__in=spells)
    }
    begun = sorted(set(chosen) - set(standing))
    ended = sorted((set(standing) & set(shown)) - set(chosen))
    if not begun and not ended:
        raise ValidationError(_("Nothing has been changed."), code="nothing_changed")
    if begun and not basis:
        raise ValidationError(
            {"basis": _("Say why those who are newly ticked are semi-boarders.")},
            code="basis_missing",
        )
    for pupil_id in begun:
        _require_none_later(spells[pupil_id], on)
        begin_semi_boarding(spell=spells[pupil_id], start=on, basis=basis, by=by)
    for pupil_id in ended:
        row = standing[pupil_id]
        if row.valid_from == on:
            reason = _("Entered for the class: not a semi-boarder")
            remove_semi_boarding(time=row, spell=spells[pupil_id], by=by, reason=reason)
        else:
            change_semi_boarding(
                time=row,
                spell=spells[pupil_id],
                start=row.valid_from,
                end=on,
                basis=row.basis,
                own_lodging=row.own_lodging,
                by=by,
            )
    record(
        events.SEMI_BOARDERS_OF_CLASS,
        by=by,
        about=school_class,
        name=school_class.name,
        school=school_class.school_id,
        changes={"begun": (None, len(begun)), "ended": (None, len(ended))},
    )
    return len(begun), len(ended)


def _require_none_later(spell: Enrolment, on: datetime.date) -> None:
    later = SemiBoarding.objects.filter(pupil=spell.pupil_id, valid_from__gt=on).first()
    if later is not None:
        raise ValidationError(
            _(
                "%(name)s is entered as a semi-boarder from %(day)s. "
                "Change that on the pupil's page."
            )
            % {"name": spell.pupil.full_name, "day": f"{later.valid_from:%d/%m/%Y}"},
            code="later_time",
        )


def _locked(pupil: Pupil) -> Pupil:
    """The pupil as they are now; others enter no time of theirs until we are done."""
    pupil = locked_row(pupil)
    if pupil.anonymised_at is not None:
        raise ValidationError(
            _("This record was made anonymous and no longer changes."), code="anonymous"
        )
    return pupil


def _told(row: SemiBoarding) -> dict[str, Any]:
    return {
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "basis": str(row.basis),
        "own_lodging": row.own_lodging,
    }


def _tell(
    kind: Kind,
    row: SemiBoarding,
    spell: Enrolment,
    by: User,
    changes: Changes,
    reason: str = "",
) -> None:
    record(
        kind,
        by=by,
        about=row,
        name=events.name_of(row.pupil_id, spell.school_class.name),
        part_of=spell.pupil,
        school=spell.school_id,
        changes=changes,
        reason=reason,
    )
