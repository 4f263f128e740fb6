"""Records of one child: which may be merged, and what was."""

from django.db.models import Q

from core.scope import Places
from core.vietnamese import fold, normalise

from ..models import Enrolment, Pupil, PupilMerge

SHOWN = 20


def records_to_merge(places: Places, pupil: Pupil, *, search: str = "") -> list[Enrolment]:
    """Latest spells, with their pupils, of other records kept inside `places`; two queries.

    Without a search: those with the same date of birth or the same name.
    """
    found = Pupil.objects.within(places).filter(anonymised_at=None).exclude(pk=pupil.pk)
    wanted = fold(normalise(search))
    if wanted:
        found = found.filter(search_key__contains=wanted)
    else:
        found = found.filter(Q(birth_date=pupil.birth_date) | Q(search_key=pupil.search_key))
    ids = list(found.values_list("pk", flat=True)[:SHOWN])
    latest = {}
    spells = Enrolment.objects.within(places).filter(pupil__in=ids)
    for spell in spells.select_related("pupil", "school_class__school").order_by("valid_from"):
        latest[spell.pupil_id] = spell
    return sorted(latest.values(), key=lambda spell: (spell.pupil.name_key, spell.pupil_id))


def merges_of(pupil: Pupil) -> list[PupilMerge]:
    """Merges into a record that were not taken back, newest first; one query."""
    return list(
        PupilMerge.objects.filter(kept_id=pupil.pk, undone_at=None).select_related("merged_by")
    )


def merge_with(merge_id: int) -> PupilMerge | None:
    """A merge that was not taken back, or None."""
    return PupilMerge.objects.filter(pk=merge_id, undone_at=None).first()


def went_into(pupil_id: int) -> int | None:
    """Id of the record into which another one went, or None."""
    return (
        PupilMerge.objects.filter(gone_id=pupil_id, undone_at=None)
        .values_list("kept_id", flat=True)
        .first()
    )
