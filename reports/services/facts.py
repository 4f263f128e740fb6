"""Rebuilding month facts: whole, idempotent, safe beside teachers and beside another rebuild.

Callers use `rebuild`, `rebuild_stale` and `mark_stale`. How the facts of a chunk come about
is the matter of `services.filling` alone: the database counts them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from core.months import Month
from schools.models import School, SchoolClass

from ..models import StaleMonth
from ..selectors.figures import months_of_year
from ..selectors.rebuild_inputs import chosen_classes, communes_in_month
from .fact_sql import fill_classes, fill_schools

SCHOOLS_AT_ONCE = 20
BATCH = 500


@dataclass
class Rebuilt:
    """What a rebuild did: classes counted, rows written (only those that changed) and
    removed, and marks taken away."""

    classes: int = 0
    written: int = 0
    removed: int = 0
    marks: int = 0

    def __iadd__(self, other: "Rebuilt") -> Self:
        self.classes += other.classes
        self.written += other.written
        self.removed += other.removed
        self.marks += other.marks
        return self


def rebuild(*, school_ids: Collection[int], month: Month) -> Rebuilt:
    """Rebuild all facts of some schools in a month, marked stale or not; returns `Rebuilt`.

    Each chunk of schools is one transaction. A month that has not begun has no facts.
    """
    done = Rebuilt()
    for chunk in chunks_of_schools(school_ids):
        done += _rebuild_chunk(chunk, month, only_stale=False)
    return done


def rebuild_stale(*, school_ids: Collection[int], month: Month) -> Rebuilt:
    """Rebuild only the class-months of some schools that are marked stale; returns `Rebuilt`."""
    done = Rebuilt()
    for chunk in chunks_of_schools(school_ids):
        if StaleMonth.objects.filter(school_id__in=chunk, month=month.first).exists():
            done += _rebuild_chunk(chunk, month, only_stale=True)
    return done


def chunks_of_schools(school_ids: Iterable[int]) -> list[list[int]]:
    """The ids, ascending, in lists of `SCHOOLS_AT_ONCE`: always cut alike and locked alike."""
    ids = sorted(set(school_ids))
    return [ids[at : at + SCHOOLS_AT_ONCE] for at in range(0, len(ids), SCHOOLS_AT_ONCE)]


def mark_stale(
    classes: Iterable[int | SchoolClass], months: Iterable[Month]
) -> set[tuple[int, Month]]:
    """Mark class-months for a rebuild; returns the set of (school id, `Month`) concerned.

    Args:
        classes: by their ids, or themselves with `year` loaded.

    Months outside the class's school year and months to come are left out: they have no
    facts. Each mark gets a fresh token, so that a rebuild already under way, which may have
    read older rows, does not take it away. Two queries, one for classes themselves. Call it in
    the transaction that changes what is counted.
    """
    today = timezone.localdate()
    months = sorted({month for month in months if month.first <= today})
    if not months:
        return set()
    now = timezone.now()
    rows, concerned = [], set()
    # In one order everywhere: two writers that mark the same rows wait, never deadlock.
    for school_class in _by_key(classes):
        first, last = months_of_year(school_class.year)
        for month in months:
            if first <= month <= last:
                concerned.add((school_class.school_id, month))
                rows.append(
                    StaleMonth(
                        school_id=school_class.school_id,
                        school_class=school_class,
                        month=month.first,
                        token=uuid4(),
                        marked_at=now,
                    )
                )
    StaleMonth.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["school_class", "month"],
        update_fields=["token", "marked_at"],
    )
    return concerned


def _by_key(classes: Iterable[int | SchoolClass]) -> list[SchoolClass]:
    given = list(classes)
    found = [each for each in given if isinstance(each, SchoolClass)]
    ids = [each for each in given if not isinstance(each, SchoolClass)]
    if ids:
        found += SchoolClass.objects.filter(pk__in=ids).select_related("year")
    return sorted(found, key=lambda each: each.pk)


@transaction.atomic
def _rebuild_chunk(school_ids: Collection[int], month: Month, *, only_stale: bool) -> Rebuilt:
    """One transaction: lock, read the marks, refill, take away the marks that were read.

    The order matters. The schools are locked first, so that a second rebuild of the same
    schools waits and then sees what this one wrote. The tokens are read before the rows that
    are counted: whatever is written later brings a token that was not read here.
    """
    _lock(school_ids)
    marks = list(
        StaleMonth.objects.filter(school_id__in=school_ids, month=month.first).values_list(
            "pk", "token", "school_class_id"
        )
    )
    class_ids = sorted({class_id for _pk, _token, class_id in marks}) if only_stale else None
    if only_stale and not class_ids:
        return Rebuilt()
    done = _refill(school_ids, month, class_ids)
    done.marks = _take_away(marks)
    return done


def _lock(school_ids: Collection[int]) -> None:
    # NO KEY: a register being saved refers to its school and must not wait for this.
    list(
        School.objects.select_for_update(no_key=True)
        .filter(pk__in=school_ids)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def _take_away(marks: Sequence[tuple[int, UUID, int]]) -> int:
    # A mark locked by a writer is about to get a new token: leave it, never wait for it.
    same = (
        StaleMonth.objects.select_for_update(skip_locked=True)
        .filter(
            pk__in=[pk for pk, _token, _class_id in marks],
            token__in=[token for _pk, token, _class_id in marks],
        )
        .values_list("pk", flat=True)
    )
    removed, _by_model = StaleMonth.objects.filter(pk__in=list(same)).delete()
    return removed


def _refill(
    school_ids: Collection[int], month: Month, class_ids: Collection[int] | None
) -> Rebuilt:
    """Count the classes of the chunk anew (only `class_ids` unless None) and write what changed."""
    counted_to = min(timezone.localdate(), month.end)
    communes = communes_in_month(school_ids, month)
    chosen = chosen_classes(communes=communes, month=month, class_ids=class_ids)
    done = Rebuilt(classes=len(chosen))
    for written, removed in (
        fill_classes(
            school_ids=school_ids,
            month=month,
            class_ids=class_ids,
            chosen=chosen,
            counted_to=counted_to,
        ),
        fill_schools(school_ids=school_ids, communes=communes, month=month),
    ):
        done += Rebuilt(written=written, removed=removed)
    return done


def stale_chunks() -> list[tuple[list[int], Month]]:
    """What waits: list of (list of school ids, `Month`), oldest month first, schools in
    chunks. One query."""
    by_month = defaultdict(set)
    for month, school_id in (
        StaleMonth.objects.order_by().values_list("month", "school_id").distinct()
    ):
        by_month[month].add(school_id)
    return [
        (chunk, Month.of(month))
        for month in sorted(by_month)
        for chunk in chunks_of_schools(by_month[month])
    ]
