"""Making a child's record anonymous: what tells who the child is goes, what figures need stays.

Law 91/2025/QH15: personal data is kept no longer than its purpose needs. Sex, ethnic group,
year of birth, times in class and marks stay, so that every figure of past months is what it was.
"""

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Replace
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core import rules
from core.events import reference
from core.models import Event
from core.services import background_runs
from core.services.saving import locked_row, save_checked
from core.types import StrOrPromise, User
from core.vietnamese import normalise

from ... import events
from ...apps import ANONYMISE_BY_CLOCK, PUPIL_YEARS
from ...models import (
    DifferentPupils,
    Enrolment,
    ImportBatch,
    Pupil,
    PupilErasure,
    PupilExport,
    PupilHold,
    PupilMerge,
    School,
)
from ...pupils import pupil_records

# Of one run of the timetable; the rest comes the next night.
MOST_AT_ONCE = 2000
STATE = ImportBatch.State


@dataclass(frozen=True)
class Run:
    """What a run did, or would do: ids of records due, and how many were made anonymous."""

    due: list[int]
    held: int
    done: int


def last_day_kept(today: datetime.date) -> datetime.date:
    """Records of pupils who left on this day or before are due; the dated rule of `today`."""
    years = int(rules.value(PUPIL_YEARS, on=today))
    try:
        return today.replace(year=today.year - years)
    except ValueError:  # 29 February
        return today.replace(year=today.year - years, day=28)


def pupils_due(today: datetime.date) -> QuerySet[Pupil]:
    """Pupils whose last time in class ended too long ago for the record to be kept.

    Not those whose record somebody keeps on purpose.
    """
    spells = Enrolment.objects.filter(pupil=OuterRef("pk"))
    still = spells.filter(Q(valid_to=None) | Q(valid_to__gt=last_day_kept(today)))
    return (
        Pupil.objects.filter(Exists(spells), ~Exists(still), anonymised_at=None)
        .exclude(holds__in=PupilHold.objects.filter(lifted_at=None))
        .order_by("pk")
    )


def anonymise_due(
    *, dry_run: bool = False, by: User | None = None, most: int = MOST_AT_ONCE
) -> Run:
    """Make every record anonymous that is due; each in its own transaction. Returns a `Run`."""
    today = timezone.localdate()
    due = list(pupils_due(today).values_list("pk", flat=True)[:most])
    done = 0
    for pk in [] if dry_run else due:
        try:
            anonymise_pupil(pupil=Pupil(pk=pk), by=by, reason=_("kept long enough"))
        except (ValidationError, Pupil.DoesNotExist):
            continue  # came back, or was held, since the list was made
        done += 1
    return Run(due, PupilHold.objects.filter(lifted_at=None).count(), done)


def anonymise_by_clock() -> Run:
    """The nightly run: a dry one until the dated rule lets it write. Returns a `Run`."""
    may_write = bool(rules.value(ANONYMISE_BY_CLOCK, on=timezone.localdate()))
    return anonymise_due(dry_run=not may_write)


def standing_hold(pupil: Pupil) -> PupilHold | None:
    """The `PupilHold` that keeps a record, or None."""
    return PupilHold.objects.filter(pupil=pupil, lifted_at=None).first()


def obstacle(pupil: Pupil, today: datetime.date) -> str:
    """The sentence why a record cannot be made anonymous now; "" when it can."""
    if pupil.anonymised_at is not None:
        return _("This record is anonymous already.")
    still = Enrolment.objects.filter(Q(valid_to=None) | Q(valid_to__gt=today), pupil=pupil)
    if still.exists():
        return _("The pupil is on the roll of a class. Only who has left is made anonymous.")
    if standing_hold(pupil) is not None:
        return _("This record is kept on purpose. End that first.")
    return ""


@transaction.atomic
def anonymise_pupil(*, pupil: Pupil, by: User | None, reason: StrOrPromise) -> Pupil:
    """Take away, for good, all that tells who a child is; returns the pupil.

    From the record, its history, records merged into it, leave with its letters, events, lists
    that wait to be imported. Free text that others wrote elsewhere is not searched.
    Raises ValidationError: the child is on a roll, the record is held, or was done before.
    """
    pupil = locked_row(pupil)
    found = obstacle(pupil, timezone.localdate())
    if found:
        raise ValidationError(found, code="not_to_be_anonymised")
    with translation.override(settings.LANGUAGE_CODE):
        nobody = normalise(_("Made anonymous"))
    ids, names = _records_of(pupil)
    spells = list(Enrolment.objects.filter(pupil=pupil))
    data = {
        "full_name": nobody,
        "birth_date": datetime.date(pupil.birth_date.year, 1, 1),
        "ministry_id": None,
        "citizen_id": None,
        "home": None,
        "home_address": "",
        "guardian_name": "",
        "guardian_phone": "",
        "anonymised_at": timezone.now(),
    }
    # Not by save(): it would make keys of the words, and a row of history of the change.
    Pupil.objects.filter(pk=pupil.pk).update(**data, name_key="", search_key="")
    Pupil.history.filter(id__in=ids).update(**data, history_change_reason=None)
    Enrolment.history.filter(pupil_id__in=ids).update(history_change_reason=None)
    DifferentPupils.objects.filter(Q(first=pupil) | Q(second=pupil)).delete()
    PupilMerge.objects.filter(kept_id__in=ids).update(before={})
    for model in (PupilErasure, PupilHold):
        for name in names:
            model.objects.filter(pupil=pupil, reason__contains=name).update(
                reason=Replace("reason", Value(name), Value(nobody))
            )
    _forget_lists({spell.school_id for spell in spells}, names)
    # Also of times in class that went when records were merged.
    told = Q(part_of__in=[reference(Pupil(pk=pk)) for pk in ids])
    about = {"schools.pupil": ids, "schools.enrolment": [spell.pk for spell in spells]}
    for kind, rows in (about | pupil_records.anonymise(pupil, names, nobody)).items():
        told |= Q(object_type=kind, object_id__in=[str(pk) for pk in rows])
    Event.objects.filter(told).update(object_name="", changes={}, reason="")
    last = max(spells, key=lambda spell: spell.valid_from, default=None)
    events.tell_of_pupil(
        events.PUPIL_ANONYMISED,
        pupil,
        by=by,
        school=last.school_id if last else None,
        reason=reason,
    )
    pupil.refresh_from_db()
    return pupil


def _records_of(pupil: Pupil) -> tuple[list[int], list[str]]:
    """Ids of a record and of all that went into it; every name the child ever had there."""
    ids, new = {pupil.pk}, {pupil.pk}
    while new:
        gone = PupilMerge.objects.filter(kept_id__in=new).values_list("gone_id", flat=True)
        # One that was parted again is a record of its own.
        new = {pk for pk in gone if not Pupil.objects.filter(pk=pk).exists()} - ids
        ids |= new
    names = set(Pupil.history.filter(id__in=ids).values_list("full_name", flat=True))
    return sorted(ids), sorted(names | {pupil.full_name})


def _forget_lists(school_ids: Collection[int], names: Sequence[str]) -> None:
    """Lists that name the child: those uploaded and never saved, those made to be fetched."""
    made = PupilExport.objects.exclude(file="")
    for run in made:
        if {str(each) for each in school_ids} & set(run.counts):
            transaction.on_commit(partial(background_runs.forget_files, run))
    waiting = ImportBatch.objects.filter(school__in=school_ids).exclude(
        state__in=[STATE.DONE, STATE.CANCELLED, STATE.EXPIRED, *ImportBatch.PHASES]
    )
    for batch in waiting:
        if any(name in str(batch.preview) for name in names):
            batch.state, batch.preview = STATE.EXPIRED, {}
            batch.save(update_fields=["state", "preview"])
            transaction.on_commit(partial(background_runs.forget_files, batch))


# --- Asked by the head, confirmed by the administrator ---------------------------------------


@transaction.atomic
def ask_erasure(*, pupil: Pupil, school: School, reason: str, by: User) -> PupilErasure:
    """The head asks that a record be made anonymous before its time; returns the request.

    Raises ValidationError: `obstacle`, or asked before.
    """
    found = obstacle(pupil, timezone.localdate())
    if found:
        raise ValidationError(found, code="not_to_be_anonymised")
    request = PupilErasure(
        pupil=pupil, school=school, reason=reason.strip(), asked_by=by, asked_at=timezone.now()
    )
    save_checked(request)
    events.tell_of_pupil(
        events.ERASURE_ASKED, pupil, by=by, school=school.pk, reason=request.reason
    )
    return request


@transaction.atomic
def decide_erasure(*, erasure: PupilErasure, grant: bool, by: User) -> PupilErasure:
    """The administrator confirms or refuses; a confirmed one is done at once. Returns it.

    Raises ValidationError: decided before, asked by the same person, or `obstacle`.
    """
    erasure = locked_row(erasure)
    if erasure.decided_at is not None:
        raise ValidationError(_("This request is decided already."), code="decided")
    if erasure.asked_by_id == by.pk:
        raise ValidationError(_("Another person than who asked decides."), code="same_person")
    erasure.decided_by, erasure.decided_at = by, timezone.now()
    erasure.is_done = grant
    erasure.save(update_fields=["decided_by", "decided_at", "is_done"])
    pupil = erasure.pupil
    if grant:
        anonymise_pupil(pupil=pupil, by=by, reason=_("asked by the school"))
    else:
        events.tell_of_pupil(events.ERASURE_REFUSED, pupil, by=by, school=erasure.school_id)
    return erasure


@transaction.atomic
def place_hold(*, pupil: Pupil, school: School, reason: str, by: User) -> PupilHold:
    """Keep a record until the hold is lifted; returns the hold. Raises ValidationError."""
    hold = PupilHold(pupil=pupil, reason=reason.strip(), placed_by=by, placed_at=timezone.now())
    save_checked(hold)
    events.tell_of_pupil(events.HOLD_PLACED, pupil, by=by, school=school.pk, reason=hold.reason)
    return hold


@transaction.atomic
def lift_hold(*, pupil: Pupil, school: School, by: User) -> bool:
    """End the hold of a record; False when there was none."""
    hold = (
        PupilHold.objects.select_for_update(of=("self",))
        .filter(pupil=pupil, lifted_at=None)
        .first()
    )
    if hold is None:
        return False
    hold.lifted_by, hold.lifted_at = by, timezone.now()
    hold.save(update_fields=["lifted_by", "lifted_at"])
    events.tell_of_pupil(events.HOLD_LIFTED, pupil, by=by, school=school.pk)
    return True
