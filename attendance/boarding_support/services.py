"""Giving the list of a month out."""

from django.db import transaction

from core.events import record
from core.types import User
from schools import events

from .exports import workbook_of
from .selectors import SupportList


@transaction.atomic
def give_out(*, found: SupportList, by: User) -> bytes:
    """Bytes of the workbook of a list; that it was given out is an event of the school."""
    record(
        events.SUPPORT_LIST_EXPORTED,
        by=by,
        about=found.school,
        name=f"{found.school.name} {found.month.label}",
        school=found.school.pk,
        changes={"pupils": (None, len(found.lines))},
    )
    return workbook_of(found)
