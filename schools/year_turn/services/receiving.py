"""Pupils who come from other schools: the receiving head gives them a class."""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from core.events import record
from core.types import User

from ... import events
from ...directory.class_records import last_days
from ...enums import EntryReason, Grade
from ...models import Enrolment, PupilArrival, SchoolClass
from ...pupil_import.resources.bulk import CHUNK
from ...school_records.selectors.standing import counted_pupils
from .turning import announce


@transaction.atomic
def place_arrivals(
    *, school_class: SchoolClass, arrival_ids: Collection[int], by: User
) -> list[Enrolment]:
    """Put pupils who wait on the roll of a class from the first day of its year.

    Raises ValidationError: nobody chosen or waiting any more, a grade the class does not teach,
    a class that has ended or sent a register, a pupil who is on a roll by now.
    """
    arrivals = list(
        PupilArrival.objects.select_for_update(of=("self",))
        .filter(
            pk__in=arrival_ids,
            to_school=school_class.school_id,
            turn__to_year=school_class.year_id,
            turn__undone_at=None,
            enrolment=None,
        )
        .select_related("pupil")
        .order_by("pk")
    )
    if not arrivals or len(arrivals) != len(set(arrival_ids)):
        raise ValidationError(
            _("Some of these pupils wait no longer. Open the page again."), code="gone"
        )
    _check_class(school_class, arrivals)
    start = school_class.year.valid_from
    on_roll = Enrolment.objects.during(start, school_class.year.valid_to).filter(
        pupil__in=[each.pupil_id for each in arrivals]
    )
    if count := on_roll.count():
        raise ValidationError(
            _("%(pupils)s are on another roll already. Leave them out.")
            % {"pupils": counted_pupils(count)},
            code="on_roll",
        )
    begun = []
    for arrival in arrivals:
        spell = Enrolment(
            pupil=arrival.pupil,
            school_class=school_class,
            grade=arrival.grade,
            valid_from=start,
            entry_reason=EntryReason.YEAR_START,
        )
        spell.copy_from_owners()
        begun.append(spell)
    bulk_create_with_history(begun, Enrolment, CHUNK, default_user=by)
    for arrival, spell in zip(arrivals, begun, strict=True):
        arrival.enrolment = spell
    PupilArrival.objects.bulk_update(arrivals, ["enrolment"], batch_size=CHUNK)
    announce(begun, start, None)
    record(
        events.ARRIVALS_PLACED,
        by=by,
        about=school_class,
        name=school_class.name,
        part_of=school_class.school,
        school=school_class.school_id,
        changes={"school_class": (None, school_class.name), "pupils": (None, len(begun))},
    )
    return begun


def _check_class(school_class: SchoolClass, arrivals: Collection[PupilArrival]) -> None:
    if school_class.ended_on is not None or school_class.year.closed_at is not None:
        raise ValidationError(_("This class takes in nobody any more."), code="class_ended")
    missing = sorted({each.grade for each in arrivals} - set(school_class.grade_list))
    if missing:
        raise ValidationError(
            _("Class %(name)s does not teach grade %(grade)s.")
            % {"name": school_class.name, "grade": Grade(missing[0]).label},
            code="wrong_grade",
        )
    start = school_class.year.valid_from
    if any(True for ask in last_days for _found in ask([school_class.pk], start)):
        raise ValidationError(
            _(
                "Class %(name)s has sent registers already, without these pupils. Add them one "
                "by one, from the day on which they came."
            )
            % {"name": school_class.name},
            code="registers_sent",
        )
