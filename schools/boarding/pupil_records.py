"""Times as a semi-boarder of a pupil's record; see `schools.pupils.pupil_records`."""

from collections.abc import Sequence
from typing import Any, cast

from django.core import serializers
from django.utils.translation import gettext as _

from core.types import JSON

from ..models import Pupil, SemiBoarding
from ..pupils.pupil_records import IsOfGone, Table


def hanging(pupil: Pupil) -> list[str]:
    """Who was only entered as a semi-boarder may still be a mistake."""
    return []


def obstacles(kept: Pupil, gone: Pupil) -> list[str]:
    """Times of two records of one child never contradict each other: they are united."""
    return []


def move(kept: Pupil, gone: Pupil) -> JSON:
    """Give the times of `gone` to `kept`; one that meets a time of `kept` is left out, and kept
    here as it was."""
    own = list(SemiBoarding.objects.filter(pupil=kept))
    moved: list[int] = []
    left_out: list[SemiBoarding] = []
    for time in SemiBoarding.objects.filter(pupil=gone).order_by("valid_from"):
        if any(_meet(time, each) for each in own):
            left_out.append(time)
        else:
            moved.append(time.pk)
    written = serializers.serialize("json", left_out)
    SemiBoarding.objects.filter(pk__in=[each.pk for each in left_out]).delete()
    SemiBoarding.objects.filter(pk__in=moved).update(pupil=kept)
    return {"moved": [*moved], "left_out": written}


def give_back(kept: Pupil, gone: Pupil, before: Any, is_of_gone: IsOfGone) -> None:
    """The opposite of `move`."""
    ids = cast("list[int]", before["moved"])
    SemiBoarding.objects.filter(pk__in=ids, pupil=kept).update(pupil=gone)
    for written in serializers.deserialize("json", before["left_out"]):
        time = cast("SemiBoarding", written.object)
        time.pk, time.pupil = None, gone
        time.save()


def forget(pupil: Pupil) -> None:
    """They go with the record."""
    SemiBoarding.objects.filter(pupil=pupil).delete()


def anonymise(pupil: Pupil, names: Sequence[str], nobody: str) -> dict[str, Sequence[int]]:
    """Nothing in them tells who the child is; figures of the past rest on them."""
    times = SemiBoarding.objects.filter(pupil=pupil)
    return {"schools.semiboarding": list(times.values_list("pk", flat=True))}


def tables(pupil: Pupil) -> list[Table]:
    """Each time as a semi-boarder."""
    rows = [
        [
            each.valid_from,
            each.last_valid_day,
            each.get_basis_display(),
            _("yes") if each.own_lodging else "",
        ]
        for each in SemiBoarding.objects.filter(pupil=pupil).order_by("valid_from")
    ]
    headings = [_("From"), _("Last day"), _("Why"), _("Finds the own lodging")]
    return [Table(_("Semi-boarder"), headings, rows)]


def _meet(one: SemiBoarding, other: SemiBoarding) -> bool:
    begins_before = other.valid_to is None or one.valid_from < other.valid_to
    return begins_before and (one.valid_to is None or other.valid_from < one.valid_to)
