"""Two records of one child become one, and can be parted again.

What is merged is merged whole: the values of the record that is kept, its gaps filled from the
other; the spells, united where both records were in one class; and what the apps above keep of a
pupil (`schools.pupils.pupil_records`). The record that goes is deleted, and all that it takes to
bring it back is kept with the merge.
"""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias, TypedDict, cast

from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Field, Model, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core import rules
from core.events import Kind
from core.services.saving import lock_in_place, save_checked, signed
from core.types import JSON, User

from ... import events
from ...apps import MERGE_DAYS
from ...models import DifferentPupils, Enrolment, Pupil, PupilMerge
from ...personal_data.services.anonymising import standing_hold
from ...pupils import pupil_records
from ...pupils.past_registers import PastChoice
from ...pupils.pupil_records import IsOfGone, Moved
from ...pupils.services.pupils import DATA_FIELDS
from ...signals import enrolments_changed

# Class, first day, and the day after the last one (None: open).
Days: TypeAlias = tuple[int, datetime.date, datetime.date | None]
# A spell's own values, and those of any row, as JSON keeps them.
Span: TypeAlias = dict[str, Any]


class Written(TypedDict):
    """A row as Django's serialisers write it."""

    model: str
    pk: int
    fields: dict[str, Any]


class Before(TypedDict):
    """What a merge found and did: `PupilMerge.before`."""

    kept: dict[str, Any]
    gone: Written
    apart: list[Written]
    kept_spells: list[Span]
    gone_spells: list[Written]
    records: Moved | list[JSON]
    united: list[Span]
    filled: dict[str, Any]


FAR = datetime.date.max
SPELL = (
    *("school_class_id", "grade", "valid_from", "valid_to", "exit_reason", "dropout_cause"),
    "further_causes",
)


def obstacles(kept: Pupil, gone: Pupil) -> list[str]:
    """Sentences: what must be mended before the two records can be merged."""
    found = []
    if kept.anonymised_at is not None or gone.anonymised_at is not None:
        found.append(_("One of the records was made anonymous; it stays as it is."))
    if standing_hold(gone) is not None:
        found.append(_("The record that goes is kept on purpose. End that first."))
    for spell in _spells(gone):
        for other in _spells(kept):
            if _touch(spell, other) and spell.school_class_id != other.school_class_id:
                found.append(
                    _(
                        "From %(day)s one record is in class %(one)s and the other in class "
                        "%(two)s. Move one of them to the class of the other from that day, or "
                        "let it leave, then merge."
                    )
                    % {
                        "day": f"{max(spell.valid_from, other.valid_from):%d/%m/%Y}",
                        "one": other.school_class.name,
                        "two": spell.school_class.name,
                    }
                )
    return found + pupil_records.obstacles(kept, gone)


@transaction.atomic
def merge_pupils(*, kept: Pupil, gone: Pupil, by: User) -> PupilMerge:
    """Make one record of two; returns the `PupilMerge`. Raises ValidationError: `obstacles`."""
    found_kept, found_gone = _locked(kept.pk, gone.pk)
    if found_kept is None or found_gone is None or kept.pk == gone.pk:
        raise ValidationError(_("These records are no longer two. Open the page again."))
    kept, gone = found_kept, found_gone
    found = obstacles(kept, gone)
    if found:
        raise ValidationError(found)
    before: Before = {
        "united": [],
        "filled": {},
        "kept": _plain(kept),
        "gone": _written(gone),
        "apart": [
            _written(each)
            for each in DifferentPupils.objects.filter(Q(first=gone.pk) | Q(second=gone.pk))
        ],
        "kept_spells": [_span(spell) for spell in _spells(kept)],
        "gone_spells": [_written(spell) for spell in _spells(gone)],
        "records": pupil_records.move(kept, gone),
    }
    days = [_days(spell) for spell in (*_spells(kept), *_spells(gone))]
    before["united"] = _take_spells(kept, gone, by)
    signed(gone, by=by).delete()
    before["filled"] = _fill_gaps(kept, before["gone"], by)
    _announce(days, [kept.pk], by=by, choice=PastChoice.PRESENT)
    merge = PupilMerge.objects.create(
        kept_id=kept.pk,
        gone_id=before["gone"]["pk"],
        before=before,
        merged_by=by,
        merged_at=timezone.now(),
    )
    _tell(events.RECORDS_MERGED, kept, ([kept.pk, merge.gone_id], [kept.pk]), by)
    return merge


def undo_until(merge: PupilMerge) -> datetime.date:
    """The last day on which a merge can be taken back."""
    made = timezone.localdate(merge.merged_at)
    return made + datetime.timedelta(days=int(rules.value(MERGE_DAYS, on=made)))


@transaction.atomic
def undo_merge(*, merge: PupilMerge, by: User) -> tuple[Pupil, Pupil]:
    """Part two records again, each with what was its own; returns (kept, gone).

    What came since stays with the record that was kept, but for marks of days on which only
    the other record was in that class. Raises ValidationError when the time is over, or when
    something that the merge wrote was changed since.
    """
    lock_in_place(merge)
    before = merge.before
    kept, gone = _locked(merge.kept_id, merge.gone_id)
    if merge.undone_at is not None:
        raise ValidationError(_("This merging is taken back already."))
    if timezone.localdate() > undo_until(merge):
        raise ValidationError(
            _("Records can be parted until %(day)s. That day is over.")
            % {"day": f"{undo_until(merge):%d/%m/%Y}"}
        )
    if kept is not None and kept.anonymised_at is not None:
        raise ValidationError(_("One of the records was made anonymous; it stays as it is."))
    if kept is None or gone is not None:
        raise ValidationError(
            _("The record went into another one since. Take that merging back first.")
        )
    _check_unchanged(kept, before)
    gone_spells = [_read(each) for each in before["gone_spells"]]
    days = [_days(spell) for spell in (*_spells(kept), *gone_spells)]
    for column in before["filled"]:
        setattr(kept, column, before["kept"][_field(column).name])
    save_checked(kept, by=by)
    gone = _bring_back(before["gone"], by)
    pupil_records.give_back(kept, gone, before["records"], _whose(before, gone_spells))
    _part_spells(kept, before, gone_spells, by)
    for pair in before["apart"]:
        other = [pair["fields"]["first"], pair["fields"]["second"]]
        if Pupil.objects.filter(pk__in=other).count() == 2:
            # As it was, its moment included.
            _read(pair).save_base(raw=True, force_insert=True)
    merge.undone_by, merge.undone_at = by, timezone.now()
    merge.save(update_fields=["undone_by", "undone_at"])
    _tell(events.RECORDS_PARTED, kept, ([kept.pk], [kept.pk, gone.pk]), by)
    # Registers sent while there was one record know of one child: the one that was kept.
    _announce(days, [gone.pk], by=by, choice=PastChoice.UNCOUNTED)
    return kept, gone


def _field(name: str) -> "Field[Any, Any]":
    """A field of a pupil, by its name or its column."""
    return cast("Field[Any, Any]", Pupil._meta.get_field(name))


def _tell(kind: Kind, kept: Pupil, records: tuple[list[int], list[int]], by: User) -> None:
    last = _spells(kept)[-1:]
    events.tell_of_pupil(
        kind,
        kept,
        by=by,
        school=last[0].school_id if last else None,
        changes={"records": records},
    )


def _locked(*ids: int) -> list[Pupil | None]:
    """The pupils in the order asked for, held until the end; None for one who is not there."""
    found = {
        pupil.pk: pupil
        for pupil in Pupil.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    }
    return [found.get(pk) for pk in ids]


def _spells(pupil: Pupil) -> list[Enrolment]:
    return list(
        Enrolment.objects.filter(pupil=pupil).select_related("school_class").order_by("valid_from")
    )


def _touch(one: Enrolment, other: Enrolment) -> bool:
    """Whether two spells have a day in common."""
    return one.valid_from < (other.valid_to or FAR) and other.valid_from < (one.valid_to or FAR)


def _days(spell: Enrolment) -> Days:
    return spell.school_class_id, spell.valid_from, spell.valid_to


def _announce(
    days: Iterable[Days], pupil_ids: Sequence[int], *, by: User, choice: PastChoice
) -> None:
    """Tell of the spells; registers that do not agree with them follow, as `choice` says."""
    for class_id, start, end in sorted(set(days), key=str):
        enrolments_changed.send(
            sender=Enrolment,
            school_class_ids=[class_id],
            start=start,
            end=end,
            pupil_ids=pupil_ids,
            by=by,
            choice=choice,
        )


# --- Rows as JSON and back -----------------------------------------------------------------


def _written(row: Model) -> Written:
    return serializers.serialize("python", [row])[0] | {"fields": _plain(row)}


def _plain(row: Model) -> dict[str, Any]:
    return {
        field.name: field.value_to_string(row)
        if field.get_internal_type() in ("DateField", "DateTimeField")
        and getattr(row, field.attname) is not None
        else getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }


def _read(written: Written) -> Any:
    # A merge of an older version may name a column that is no more.
    return next(serializers.deserialize("python", [written], ignorenonexistent=True)).object


def _span(spell: Enrolment) -> Span:
    return {"id": spell.pk} | {
        name: getattr(spell, name).isoformat()
        if isinstance(getattr(spell, name), datetime.date)
        else getattr(spell, name)
        for name in (*SPELL, "entry_reason")
    }


def _bring_back(written: Written, by: User) -> Pupil:
    pupil: Pupil = _read(written)
    signed(pupil, by=by).save(force_insert=True)
    return pupil


# --- Spells --------------------------------------------------------------------------------


def _take_spells(kept: Pupil, gone: Pupil, by: User) -> list[Span]:
    """Give the spells of `gone` to `kept`; returns the united ones as they are now."""
    own = _spells(kept)
    united: dict[int, Enrolment] = {}
    for spell in _spells(gone):
        same = next((each for each in own if _touch(spell, each)), None)
        if same is None:
            spell.pupil, spell.sex, spell.ethnic_group = kept, kept.sex, kept.ethnic_group
            own.append(save_checked(spell, by=by))
            continue
        signed(spell, by=by).delete()
        if spell.valid_from < same.valid_from:
            same.valid_from, same.entry_reason = spell.valid_from, spell.entry_reason
        if (spell.valid_to or FAR) > (same.valid_to or FAR):
            same.valid_to, same.exit_reason = spell.valid_to, spell.exit_reason
            same.dropout_cause = spell.dropout_cause
            same.further_causes = spell.further_causes
        united[same.pk] = same
    # Two spells of the other record may both touch one of ours.
    for spell in united.values():
        save_checked(spell, by=by)
    return [_span(spell) for spell in united.values()]


def _part_spells(kept: Pupil, before: Before, gone_spells: Sequence[Enrolment], by: User) -> None:
    own = {spell.pk: spell for spell in _spells(kept)}
    for span in before["kept_spells"]:
        spell = own.get(span["id"])
        if spell is None or span["id"] not in {each["id"] for each in before["united"]}:
            continue
        for name, value in span.items():
            if name != "id":
                is_day = name in ("valid_from", "valid_to") and value is not None
                setattr(spell, name, datetime.date.fromisoformat(value) if is_day else value)
        save_checked(spell, by=by)
    for spell in gone_spells:
        if spell.pk in own:
            moved = own[spell.pk]
            moved.pupil_id, moved.sex, moved.ethnic_group = (
                spell.pupil_id,
                spell.sex,
                spell.ethnic_group,
            )
            save_checked(moved, by=by)
        else:
            signed(spell, by=by).save(force_insert=True)


def _check_unchanged(kept: Pupil, before: Before) -> None:
    changed = [
        str(_field(column).verbose_name)
        for column, value in before["filled"].items()
        if getattr(kept, column) != value
    ]
    if changed:
        raise ValidationError(
            _("Changed since the merging: %(fields)s. Change them back first.")
            % {"fields": ", ".join(changed)}
        )
    own = {spell.pk: spell for spell in _spells(kept)}
    moved = {each["pk"] for each in before["gone_spells"]}
    still_there = {span["id"] for span in before["united"]} <= own.keys()
    # Written before pupils had further causes, a span does not say that there were none.
    united: list[Span] = [{"further_causes": ""} | span for span in before["united"]]
    if not still_there or any(_span(own[span["id"]]) != span for span in united):
        raise ValidationError(
            _(
                "The class of this pupil, or the days in it, were changed since the merging. "
                "Take that change back first."
            )
        )
    if Enrolment.objects.filter(pk__in=moved).exclude(pupil=kept).exists():
        raise ValidationError(_("A time in class of this pupil went to another record since."))


def _whose(before: Before, gone_spells: Sequence[Enrolment]) -> IsOfGone:
    """Function (class id, date): whether that day is the returning record's and not the other's."""
    kept_days = [
        (span["valid_from"], span["valid_to"] or FAR.isoformat()) for span in before["kept_spells"]
    ]

    def is_of_gone(class_id: int, date: datetime.date) -> bool:
        day = date.isoformat()
        return any(
            spell.school_class_id == class_id and spell.is_valid_on(date) for spell in gone_spells
        ) and not any(start <= day < end for start, end in kept_days)

    return is_of_gone


def _fill_gaps(kept: Pupil, gone: Written, by: User) -> dict[str, Any]:
    """Fill what the kept record leaves empty; dict of the column -> value that was filled in."""
    filled = {}
    for name in DATA_FIELDS:
        column = _field(name).attname
        value = gone["fields"][name]
        if getattr(kept, column) in (None, "") and value not in (None, ""):
            setattr(kept, column, value)
            filled[column] = value
    if filled:
        save_checked(kept, by=by)
    return filled
