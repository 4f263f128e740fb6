"""Who a pupil is: first entry, a second school, and the correction of a mistake."""

from collections import defaultdict

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Enrolment, Pupil
from ..past_registers import PastChoice
from ..signals import enrolments_changed
from ..vietnamese import fold, normalise
from .enrolments import enrol_pupil
from .saving import save_checked

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


@transaction.atomic
def enrol_new_pupil(
    *,
    school_class,
    grade,
    start,
    reason,
    by,
    semi_boarder=False,
    choice=PastChoice.PRESENT,
    **data,
) -> Enrolment:
    """Enrol a child whose data is typed in: `data` holds the `DATA_FIELDS`.

    A child already known by ministry identifier or personal number (it comes from another
    school) is not entered twice: when name and date of birth agree too, that pupil is
    enrolled and the data that was given replaces the older. Raises ValidationError when the
    number belongs to another child, and as `enrol_pupil`.
    """
    _check_birth_date(data["birth_date"], start)
    pupil = _known_pupil(data)
    if pupil is None:
        pupil = save_checked(Pupil(**data), by=by)
    else:
        given = {field: value for field, value in data.items() if value not in (None, "")}
        correct_pupil(pupil=pupil, by=by, **given)
    return enrol_pupil(
        pupil=pupil,
        school_class=school_class,
        grade=grade,
        start=start,
        reason=reason,
        by=by,
        semi_boarder=semi_boarder,
        choice=choice,
    )


@transaction.atomic
def correct_pupil(*, pupil, by, reason="", **changes):
    """Change a pupil's data (`DATA_FIELDS`); sex and ethnic group follow on every spell.

    A correction is no change in the pupil's life: the pupil was of that sex and ethnic group
    before as well, so every month of every spell counts anew. Raises ValidationError.
    """
    _check_birth_date(changes.get("birth_date", pupil.birth_date), timezone.localdate())
    before = (pupil.sex, pupil.ethnic_group)
    for field in DATA_FIELDS:
        if field in changes:
            setattr(pupil, field, changes[field])
    save_checked(pupil, by=by, reason=reason)
    if before != (pupil.sex, pupil.ethnic_group):
        _copy_to_spells(pupil)
    return pupil


def _check_birth_date(birth_date, day):
    if birth_date >= day:
        raise ValidationError(
            {"birth_date": _("The date of birth lies in the future. Check day, month and year.")},
            code="not_born_yet",
        )


def _copy_to_spells(pupil):
    spells = Enrolment.objects.filter(pupil=pupil)
    spells.update(sex=pupil.sex, ethnic_group=pupil.ethnic_group)
    classes_by_days = defaultdict(set)
    for class_id, start, end in spells.values_list("school_class_id", "valid_from", "valid_to"):
        classes_by_days[start, end].add(class_id)
    for (start, end), class_ids in classes_by_days.items():
        enrolments_changed.send(
            sender=Enrolment, school_class_ids=sorted(class_ids), start=start, end=end
        )


def _known_pupil(data):
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
