"""Taking a record out that was made by mistake, while nothing hangs on it."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.services.saving import locked_row, signed
from core.types import User

from ... import events
from ...models import Enrolment, Pupil, PupilMerge
from ...pupils import pupil_records
from ...pupils.past_registers import PastChoice
from ...signals import enrolments_changed


def hanging(pupil: Pupil) -> list[str]:
    """Sentences: what keeps the record from being removed."""
    found = pupil_records.hanging(pupil)
    if PupilMerge.objects.filter(kept_id=pupil.pk, undone_at=None).exists():
        found.append(_("Another record was merged into this one."))
    return found


@transaction.atomic
def remove_pupil(*, pupil: Pupil, by: User) -> None:
    """Delete a pupil and the times in class; the history keeps who did it.

    Raises ValidationError: `hanging`.
    """
    pupil = locked_row(pupil)
    found = hanging(pupil)
    if found:
        raise ValidationError(found)
    pupil_records.forget(pupil)
    spells = list(Enrolment.objects.filter(pupil=pupil))
    pupil_id = pupil.pk
    for row in (*spells, pupil):
        signed(row, by=by).delete()
    for spell in spells:
        enrolments_changed.send(
            sender=Enrolment,
            school_class_ids=[spell.school_class_id],
            start=spell.valid_from,
            end=spell.valid_to,
            pupil_ids=[pupil_id],
            by=by,
            choice=PastChoice.KEPT,
        )
    events.tell_of_pupil(
        events.PUPIL_REMOVED,
        Pupil(pk=pupil_id),
        by=by,
        school=spells[-1].school_id if spells else None,
    )
