"""Reading uploaded month workbooks."""

from uuid import UUID

from core.months import Month
from core.scope import Places
from schools.models import SchoolClass

from ..models import MonthBatch, RegisterRevision

RECENT = 5


def batch_of(places: Places, user_id: int, batch_id: UUID) -> MonthBatch | None:
    """The batch when its class lies inside `places` and this person uploaded it, else None."""
    return (
        MonthBatch.objects.select_related("school_class__school", "school_class__year")
        .filter(pk=batch_id, made_by=user_id, school_class__in=SchoolClass.objects.within(places))
        .first()
    )


def recent_batches(school_class: SchoolClass, month: Month, user_id: int) -> list[MonthBatch]:
    """The last uploads of a person for a class's month, without what they say."""
    batches = MonthBatch.objects.filter(
        school_class=school_class, month=month.first, made_by=user_id
    )
    return list(batches.defer("content")[:RECENT])


def sent_by(batch: MonthBatch) -> list[RegisterRevision]:
    """The revisions that a batch became, with their registers, by day; one query."""
    return list(
        RegisterRevision.objects.filter(
            school=batch.school_class.school_id,
            operation_id__in=batch.content.get("operations", ()),
        )
        .select_related("register")
        .order_by("register__date", "register__session")
    )
