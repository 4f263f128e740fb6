"""Pupils of one name and date of birth: shown where the reader sees them, else only counted."""

import datetime
import hashlib
from dataclasses import dataclass

from django.db.models import Q

from core.scope import Places
from core.vietnamese import fold, normalise

from ...models import DifferentPupils, Enrolment, Pupil


@dataclass(frozen=True)
class Alike:
    """Pupils who may be the child that is meant.

    Attributes:
        spells: the latest spell, with its pupil, of each one inside the reader's places.
        elsewhere: how many the reader may know nothing else of.
        ids: of all of them, ascending.
    """

    spells: list[Enrolment]
    elsewhere: int
    ids: tuple[int, ...]

    def __bool__(self) -> bool:
        return bool(self.ids)

    @property
    def fingerprint(self) -> str:
        """Tells these pupils from others, who may have come meanwhile."""
        return hashlib.sha256(repr(self.ids).encode()).hexdigest()[:16]


def pupils_alike(
    full_name: str, birth_date: datetime.date, *, places: Places, besides: Pupil | None = None
) -> Alike:
    """The `Alike` of a name, read without marks and case as the import does, and a birth date.

    Args:
        places: where the reader sees pupils.
        besides: a pupil who is not compared with itself, nor with whom it was told apart from.
    """
    found = Pupil.objects.filter(
        search_key=fold(normalise(full_name)), birth_date=birth_date, anonymised_at=None
    )
    if besides is not None:
        found = found.exclude(pk__in=[besides.pk, *told_apart(besides.pk)])
    ids = tuple(found.order_by("pk").values_list("pk", flat=True))
    if not ids:
        return Alike([], 0, ())
    latest = {}
    spells = Enrolment.objects.within(places).filter(pupil__in=ids)
    for spell in spells.select_related("pupil", "school_class__school").order_by("valid_from"):
        latest[spell.pupil_id] = spell
    return Alike(list(latest.values()), len(ids) - len(latest), ids)


def told_apart(pupil_id: int) -> set[int]:
    """Ids of the pupils from whom somebody told this one apart; one query."""
    pairs = DifferentPupils.objects.filter(Q(first=pupil_id) | Q(second=pupil_id))
    return {
        pk for pair in pairs.values_list("first_id", "second_id") for pk in pair if pk != pupil_id
    }
