"""Who a pupil is: first entry, a second school, and the correction of a mistake."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.scope import NOWHERE, Places
from core.services.saving import locked_row, save_checked
from core.types import User
from core.vietnamese import fold, normalise

from ... import events
from ...boarding.selectors.semi_boarders import is_semi_boarder
from ...boarding.services.semi_boarding import begin_semi_boarding
from ...models import DifferentPupils, Enrolment, Pupil, School, SchoolClass
from ...signals import enrolments_changed
from ..past_registers import Choice, PastChoice
from ..selectors.alike import Alike, pupils_alike, told_apart
from .enrolments import enrol_pupil

DATA_FIELDS = (
    "full_name",
    "sex",
    "birth_date",
    "ethnic_group",
    "ministry_id",
    "citizen_id",
    "home",
    "home_address",
    "guardian_name",
    "guardian_phone",
)


class PossiblyKnown(ValidationError):
    """Pupils of this name and date of birth are on record: `alike` holds them.

    The person says that the child is another one by sending their `fingerprint` along.
    """

    def __init__(self, alike: Alike) -> None:
        super().__init__(
            _("A pupil of this name and date of birth is on record: is it this child?"),
            code="possible_duplicates",
        )
        self.alike = alike


@transaction.atomic
def enrol_new_pupil(
    *,
    school_class: SchoolClass,
    grade: int,
    start: datetime.date,
    reason: str,
    by: User,
    semi_boarder: bool = False,
    seen: Places | None = None,
    different_from: str = "",
    choice: Choice = PastChoice.PRESENT,
    **data: Any,
) -> Enrolment:
    """Enrol a child whose data is typed in: `data` holds the `DATA_FIELDS`.

    Args:
        semi_boarder: the pupil is one from `start` on; why is asked on the pupil's page.
        seen: `Places` in which the writer sees pupils; None for nowhere.
        different_from: `Alike.fingerprint` of the pupils whom the writer was shown and told
            apart from this child; kept, so that nobody asks again.

    A child already known by ministry identifier or personal number (it comes from another
    school) is not entered twice: when name and date of birth agree too, that pupil is
    enrolled and the data that was given replaces the older. Raises `PossiblyKnown`;
    ValidationError when the number belongs to another child, and as `enrol_pupil`.
    """
    _check_birth_date(data["birth_date"], start)
    # Two who type one child at one moment: the second sees what the first one wrote.
    School.objects.select_for_update(no_key=True).get(pk=school_class.school_id)
    pupil = _known_pupil(data)
    if pupil is None:
        alike = _ask(data["full_name"], data["birth_date"], seen, different_from)
        pupil = save_checked(Pupil(**data), by=by)
        tell_apart(pupil=pupil, others=alike.ids, by=by)
    else:
        given = {field: value for field, value in data.items() if value not in (None, "")}
        correct_pupil(pupil=pupil, by=by, **given)
    spell = enrol_pupil(
        pupil=pupil,
        school_class=school_class,
        grade=grade,
        start=start,
        reason=reason,
        by=by,
        choice=choice,
    )
    if semi_boarder and not is_semi_boarder(pupil, on=start):
        begin_semi_boarding(spell=spell, start=start, by=by)
    return spell


@transaction.atomic
def correct_pupil(
    *,
    pupil: Pupil,
    by: User,
    reason: str = "",
    seen: Places | None = None,
    different_from: str | None = None,
    **changes: Any,
) -> Pupil:
    """Change a pupil's data (`DATA_FIELDS`); sex and ethnic group follow on every spell.

    A correction is no change in the pupil's life: the pupil was of that sex and ethnic group
    before as well, so every month of every spell counts anew. `seen`, `different_from`: as for
    `enrol_new_pupil`, None not to ask about a name and date of birth that become those of
    another pupil. Raises `PossiblyKnown`, ValidationError.
    """
    _check_birth_date(changes.get("birth_date", pupil.birth_date), timezone.localdate())
    refuse_anonymous(pupil)
    before = (pupil.sex, pupil.ethnic_group)
    person = (pupil.full_name, pupil.birth_date)
    full_name, birth_date = (
        changes.get("full_name", pupil.full_name),
        changes.get("birth_date", pupil.birth_date),
    )
    if different_from is not None and (full_name, birth_date) != person:
        alike = _ask(full_name, birth_date, seen, different_from, besides=pupil)
        tell_apart(pupil=pupil, others=alike.ids, by=by)
    corrected = [
        field
        for field in DATA_FIELDS
        if field in changes and (getattr(pupil, field) or None) != (changes[field] or None)
    ]
    for field in DATA_FIELDS:
        if field in changes:
            setattr(pupil, field, changes[field])
    save_checked(pupil, by=by, reason=reason)
    if corrected:
        # Which fields, not what stood there: that is in the record's own history.
        events.tell_of_pupil(
            events.PUPIL_CORRECTED,
            pupil,
            by=by,
            school=_school_of(pupil),
            changes={"fields": ([], corrected)},
            reason=reason,
        )
    if before != (pupil.sex, pupil.ethnic_group):
        _copy_to_spells(pupil)
    return pupil


def refuse_anonymous(pupil: Pupil) -> None:
    """Raise ValidationError for a record that was made anonymous: it stays so."""
    if pupil.anonymised_at is not None:
        raise ValidationError(
            _("This record was made anonymous. A child who comes back is entered as a new pupil."),
            code="anonymous",
        )


def _school_of(pupil: Pupil) -> int | None:
    return (
        Enrolment.objects.filter(pupil=pupil)
        .order_by("-valid_from")
        .values_list("school_id", flat=True)
        .first()
    )


@transaction.atomic
def tell_apart(*, pupil: Pupil, others: Collection[int], by: User) -> None:
    """Keep that a pupil is not one of some others of the same name (ids); no query for none.

    Of those that were told apart before nothing is told again.
    """
    if not others:
        return
    locked_row(pupil, no_key=True)
    others = set(others) - told_apart(pupil.pk)
    if not others:
        return
    DifferentPupils.objects.bulk_create(
        [
            DifferentPupils(
                first_id=min(pupil.pk, other), second_id=max(pupil.pk, other), confirmed_by=by
            )
            for other in others
        ],
        ignore_conflicts=True,
    )
    events.tell_of_pupil(
        events.TOLD_APART,
        pupil,
        by=by,
        school=_school_of(pupil),
        changes={"records": (None, sorted([pupil.pk, *others]))},
    )


def _ask(
    full_name: str,
    birth_date: datetime.date,
    seen: Places | None,
    different_from: str,
    besides: Pupil | None = None,
) -> Alike:
    """The pupils alike, when the writer told them apart; raises `PossiblyKnown`."""
    alike = pupils_alike(full_name, birth_date, places=seen or NOWHERE, besides=besides)
    if alike and alike.fingerprint != different_from:
        raise PossiblyKnown(alike)
    return alike


def _check_birth_date(birth_date: datetime.date, day: datetime.date) -> None:
    if birth_date >= day:
        raise ValidationError(
            {"birth_date": _("The date of birth lies in the future. Check day, month and year.")},
            code="not_born_yet",
        )


def _copy_to_spells(pupil: Pupil) -> None:
    spells = Enrolment.objects.filter(pupil=pupil)
    spells.update(sex=pupil.sex, ethnic_group=pupil.ethnic_group)
    classes_by_days = defaultdict(set)
    for class_id, start, end in spells.values_list("school_class_id", "valid_from", "valid_to"):
        classes_by_days[start, end].add(class_id)
    for (start, end), class_ids in classes_by_days.items():
        enrolments_changed.send(
            sender=Enrolment, school_class_ids=sorted(class_ids), start=start, end=end
        )


def _known_pupil(data: Mapping[str, Any]) -> Pupil | None:
    """The pupil who bears one of the two numbers; None when nobody does."""
    known = {}
    for field in ("ministry_id", "citizen_id"):
        if not data.get(field):
            continue
        found = Pupil.objects.filter(**{field: data[field]}).first()
        if found is None:
            continue
        same_child = found.birth_date == data["birth_date"] and fold(found.full_name) == fold(
            normalise(data["full_name"])
        )
        if not same_child:
            raise ValidationError(
                {
                    field: _(
                        "This number belongs to a child with another name or date of birth. "
                        "Check the number, the name and the date."
                    )
                },
                code="number_of_another_child",
            )
        known[found.pk] = found
    if len(known) > 1:
        raise ValidationError(
            {"citizen_id": _("The two numbers belong to two different pupils. Check both.")},
            code="two_pupils",
        )
    return next(iter(known.values()), None)
