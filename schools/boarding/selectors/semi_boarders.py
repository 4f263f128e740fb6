"""Who is a semi-boarder on a day, and the times of one pupil."""

import datetime
from collections.abc import Collection

from core.scope import Places

from ...models import Pupil, SemiBoarding


def is_semi_boarder(pupil: Pupil, *, on: datetime.date) -> bool:
    """Whether a pupil is a semi-boarder on a day, on a roll or not."""
    return SemiBoarding.objects.on(on).filter(pupil=pupil).exists()


def semi_boarders_among(pupil_ids: Collection[int], *, on: datetime.date) -> set[int]:
    """Those of some pupils who are semi-boarders on a day; one query."""
    rows = SemiBoarding.objects.on(on).filter(pupil__in=list(pupil_ids))
    return set(rows.order_by().values_list("pupil", flat=True))


def times_of(pupil: Pupil) -> list[SemiBoarding]:
    """Every time of a pupil as a semi-boarder, the latest first."""
    return list(SemiBoarding.objects.filter(pupil=pupil).order_by("-valid_from"))


def standing_times(pupil_ids: Collection[int], *, on: datetime.date) -> dict[int, SemiBoarding]:
    """{pupil id: the time that holds on a day}, of those who have one; one query."""
    rows = SemiBoarding.objects.on(on).filter(pupil__in=list(pupil_ids))
    return {row.pupil_id: row for row in rows}


def time_in(places: Places, time_id: int) -> SemiBoarding | None:
    """A time as a semi-boarder with its pupil, when the pupil lies in the places; else None."""
    return (
        SemiBoarding.objects.filter(pk=time_id, pupil__in=Pupil.objects.within(places))
        .select_related("pupil")
        .first()
    )
