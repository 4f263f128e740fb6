"""Giving the list behind a figure out."""

from collections.abc import Sequence

from django.db import transaction

from core.events import record
from core.formatting import number
from core.types import User
from schools.models import Area, School, SchoolClass

from .events import PUPIL_DAYS_EXPORTED
from .exports import pupil_days_workbook
from .places import Place


@transaction.atomic
def give_out(
    *, place: Place, title: str, about: str, rows: Sequence[Sequence[str]], total: str, by: User
) -> bytes:
    """Bytes of the workbook; that it was given out is an event of the place."""
    found = place.found
    record(
        PUPIL_DAYS_EXPORTED,
        by=by,
        about=found,
        name=title,
        area=found.pk if isinstance(found, Area) else None,
        school=_school_of(found),
        changes={"pupil_sessions": (None, len(rows))},
        reason=about,
    )
    return pupil_days_workbook(
        title=title, about=about, rows=rows, total=total % {"count": number(len(rows))}
    )


def _school_of(found: Area | School | SchoolClass) -> int | None:
    if isinstance(found, SchoolClass):
        return found.school_id
    return found.pk if isinstance(found, School) else None
