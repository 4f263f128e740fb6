"""Reading what visits found: the checklist with its answers, and pupils counted."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, F, Max, QuerySet, Sum
from django.utils import timezone

from schools.directory.selectors.classes import running_classes
from schools.models import School, SchoolClass

from ..models import ChecklistAnswer, ChecklistItem, HeadCount, Visit, VisitPhoto
from .visits import schools_of

# Counts older than this no longer say how true a school's registers are.
COUNTS_SPEAK_FOR = datetime.timedelta(days=365)


@dataclass(frozen=True)
class Question:
    """A question of a visit with what was found, if anything was yet."""

    item: ChecklistItem
    answer: ChecklistAnswer | None


@dataclass(frozen=True)
class Counting:
    """A school of a visit and how many of its classes were counted."""

    school: School
    classes: int
    counted: int
    registered: int


@dataclass(frozen=True)
class Verification:
    """How pupils counted compare with the registers of the same sessions.

    Only counts beside a register that was there when they were made are among them.

    Attributes:
        counted, registered: pupils, summed over `classes` counts.
        last_on: day of the last count.
    """

    counted: int
    registered: int
    classes: int
    last_on: datetime.date

    @property
    def factor(self) -> float | None:
        """Counted / present by the register; None when registers had nobody."""
        return self.counted / self.registered if self.registered else None


def questions_for(visit: Visit) -> QuerySet[ChecklistItem]:
    """The questions asked of a visit: those valid on its day, or today before it; one query."""
    return ChecklistItem.objects.on(visit.visited_on or timezone.localdate())


def checklist_of(visit: Visit) -> list[Question]:
    """Questions of a visit, in order, with their answers; two queries."""
    answers = {row.item_id: row for row in visit.answers.select_related("answered_by")}
    return [Question(item, answers.get(item.pk)) for item in questions_for(visit)]


def classes_to_count(visit: Visit, school: School, date: datetime.date) -> QuerySet[SchoolClass]:
    """Classes of a school of the visit's commune in the school year of a day, by name; empty for
    a school that lies elsewhere."""
    if not schools_of(visit).filter(pk=school.pk).exists():
        return SchoolClass.objects.none()
    return running_classes(school.pk, on=date)


def counts_of(visit: Visit) -> QuerySet[HeadCount]:
    """Pupils counted in a visit, by school, day and class; one query."""
    return visit.counts.select_related("school", "school_class", "counted_by").order_by(
        "school__name_key", "date", "session", "school_class__name_key", "pk"
    )


def countings_of(visit: Visit) -> list[Counting]:
    """Schools of the commune, by name, with what was counted there; two queries."""
    sums = {
        row["school"]: (row["classes"], row["counted"], row["registered"] or 0)
        for row in visit.counts.order_by()
        .values("school")
        .annotate(
            classes=Count("school_class", distinct=True),
            counted=Sum("counted"),
            registered=Sum("registered"),
        )
    }
    return [
        Counting(
            school,
            *sums.get(school.pk, (0, 0, 0)),
        )
        for school in schools_of(visit)
    ]


def photos_of(visit: Visit) -> QuerySet[VisitPhoto]:
    """Photos of a visit that were not taken out, by question, in the order received; one query.

    Those of the visit as a whole come first.
    """
    return (
        visit.photos.filter(removed_at=None)
        .select_related("item", "made_by")
        .order_by(F("item__place").asc(nulls_first=True), "pk")
    )


def photo_of(visit: Visit, photo_id: int) -> VisitPhoto | None:
    """A photo of a visit that was not taken out, or None; one query."""
    return visit.photos.filter(pk=photo_id, removed_at=None).select_related("made_by").first()


def verification_of(school_ids: Collection[int], *, on: datetime.date) -> dict[int, Verification]:
    """Dict school id -> `Verification` of the last 365 days; schools never counted are not in it.

    One query.
    """
    return {
        row["school"]: Verification(
            row["sum_counted"], row["sum_registered"], row["rows"], row["last_on"]
        )
        for row in HeadCount.objects.filter(
            school_id__in=school_ids, date__gt=on - COUNTS_SPEAK_FOR, date__lte=on
        )
        .exclude(registered=None)
        .order_by()
        .values("school")
        .annotate(
            sum_counted=Sum("counted"),
            sum_registered=Sum(F("registered")),
            rows=Count("pk"),
            last_on=Max("date"),
        )
    }
