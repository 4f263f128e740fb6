"""Transfers and awaited arrivals of a pupil's record; see `schools.pupils.pupil_records`."""

from collections.abc import Sequence
from typing import cast

from django.utils.translation import gettext as _

from core.types import JSON

from ..models import Pupil, PupilArrival, Transfer
from ..models.transfers import STANDING
from ..pupils.pupil_records import IsOfGone, Table


def hanging(pupil: Pupil) -> list[str]:
    """A pupil who is on the way is no mistake."""
    if not Transfer.objects.filter(pupil=pupil, state__in=STANDING).exists():
        return []
    return [_("The pupil is on the way to another school. Take the leaving back first.")]


def obstacles(kept: Pupil, gone: Pupil) -> list[str]:
    """Of two transfers that stand nobody knows which is right."""
    if Transfer.objects.filter(pupil__in=[kept, gone], state__in=STANDING).count() < 2:
        return []
    return [_("Each of the two is on the way to a school. Take one of the leavings back first.")]


def move(kept: Pupil, gone: Pupil) -> JSON:
    """Give the transfers and awaited arrivals of `gone` to `kept`; their ids."""
    transfers = Transfer.objects.filter(pupil=gone)
    arrivals = PupilArrival.objects.filter(pupil=gone).exclude(
        turn__in=PupilArrival.objects.filter(pupil=kept).values("turn")
    )
    transfer_ids = sorted(transfers.values_list("pk", flat=True))
    arrival_ids = sorted(arrivals.values_list("pk", flat=True))
    Transfer.objects.filter(pk__in=transfer_ids).update(pupil=kept)
    PupilArrival.objects.filter(pk__in=arrival_ids).update(pupil=kept)
    return {"transfers": [*transfer_ids], "arrivals": [*arrival_ids]}


def give_back(kept: Pupil, gone: Pupil, before: JSON, is_of_gone: IsOfGone) -> None:
    """The opposite of `move`."""
    ids = cast("dict[str, list[int]]", before)
    Transfer.objects.filter(pk__in=ids["transfers"], pupil=kept).update(pupil=gone)
    PupilArrival.objects.filter(pk__in=ids["arrivals"], pupil=kept).update(pupil=gone)


def forget(pupil: Pupil) -> None:
    """What is over goes with the record."""
    Transfer.objects.filter(pupil=pupil).delete()


def anonymise(pupil: Pupil, names: Sequence[str], nobody: str) -> dict[str, Sequence[int]]:
    """Where the pupil went stays; why a school sent the pupil back may name somebody."""
    transfers = Transfer.objects.filter(pupil=pupil)
    transfers.exclude(reason="").update(reason=nobody)
    return {"schools.transfer": list(transfers.values_list("pk", flat=True))}


def tables(pupil: Pupil) -> list[Table]:
    """Each time the pupil was sent to another school."""
    rows = [
        [
            each.leaves_on,
            each.from_class.school.name,
            each.from_class.name,
            each.to_school.name,
            each.get_state_display(),
            each.reason,
        ]
        for each in Transfer.objects.filter(pupil=pupil)
        .select_related("from_class__school", "to_school")
        .order_by("leaves_on", "pk")
    ]
    headings = [
        _("No longer on the roll from"),
        _("From school"),
        _("Class"),
        _("To school"),
        _("State"),
        _("Why it is sent back"),
    ]
    return [Table(_("Sent to other schools"), headings, rows)]
