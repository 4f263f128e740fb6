"""Rebuilding month facts: whole, idempotent, safe beside teachers and beside another rebuild.

Callers use `rebuild`, `rebuild_stale` and `mark_stale`. How the facts of a chunk come about
is the matter of `_refill` alone: it counts in Python what `selectors.records` reads.
"""

from collections import defaultdict
from dataclasses import dataclass
from uuid import uuid4

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from schools.models import School, SchoolClass
from schools.months import Month

from ..counting import count_pupils, count_sessions
from ..models import ClassCoverage, ClassMonth, SchoolMonth, StaleMonth
from ..models.facts import MEASURES
from ..selectors.figures import months_of_year
from ..selectors.records import month_records

SCHOOLS_AT_ONCE = 20
SESSION_COUNTS = ("scheduled", "taken", "not_held", "sent_late", "days")
BATCH = 500


@dataclass
class Rebuilt:
    """What a rebuild did: classes counted, rows written (only those that changed) and
    removed, and marks taken away."""

    classes: int = 0
    written: int = 0
    removed: int = 0
    marks: int = 0

    def __iadd__(self, other):
        self.classes += other.classes
        self.written += other.written
        self.removed += other.removed
        self.marks += other.marks
        return self


def rebuild(*, school_ids, month):
    """Rebuild all facts of some schools in a month, marked stale or not; returns `Rebuilt`.

    Each chunk of schools is one transaction. A month that has not begun has no facts.
    """
    done = Rebuilt()
    for chunk in chunks_of_schools(school_ids):
        done += _rebuild_chunk(chunk, month, only_stale=False)
    return done


def rebuild_stale(*, school_ids, month):
    """Rebuild only the class-months of some schools that are marked stale; returns `Rebuilt`."""
    done = Rebuilt()
    for chunk in chunks_of_schools(school_ids):
        if StaleMonth.objects.filter(school_id__in=chunk, month=month.first).exists():
            done += _rebuild_chunk(chunk, month, only_stale=True)
    return done


def chunks_of_schools(school_ids):
    """The ids, ascending, in lists of `SCHOOLS_AT_ONCE`: always cut alike and locked alike."""
    ids = sorted(set(school_ids))
    return [ids[at : at + SCHOOLS_AT_ONCE] for at in range(0, len(ids), SCHOOLS_AT_ONCE)]


def mark_stale(class_ids, months):
    """Mark class-months for a rebuild; returns the set of (school id, `Month`) concerned.

    Months outside the class's school year and months to come are left out: they have no
    facts. Each mark gets a fresh token, so that a rebuild already under way, which may have
    read older rows, does not take it away. Two queries. Call it in the transaction that
    changes what is counted.
    """
    today = timezone.localdate()
    months = sorted({month for month in months if month.first <= today})
    if not months:
        return set()
    now = timezone.now()
    rows, concerned = [], set()
    # In one order everywhere: two writers that mark the same rows wait, never deadlock.
    for school_class in (
        SchoolClass.objects.filter(pk__in=list(class_ids)).select_related("year").order_by("pk")
    ):
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


@transaction.atomic
def _rebuild_chunk(school_ids, month, *, only_stale):
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


def _lock(school_ids):
    # NO KEY: a register being saved refers to its school and must not wait for this.
    list(
        School.objects.select_for_update(no_key=True)
        .filter(pk__in=school_ids)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def _take_away(marks):
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


def _refill(school_ids, month, class_ids):
    """Count the classes of the chunk anew (only `class_ids` unless None) and write what changed."""
    today = timezone.localdate()
    counted_to = min(today, month.end)
    cells, coverage, communes, classes = {}, {}, {}, 0
    if month.first <= today:
        records = month_records(
            school_ids=school_ids, month=month, class_ids=class_ids, counted_to=counted_to
        )
        communes, classes = records.commune_of, len(records.classes)
        for school_class in records.classes:
            owner = (school_class.school_id, communes[school_class.school_id], school_class.level)
            counted = records.by_class[school_class.pk]
            for cell, numbers in count_pupils(counted, month).items():
                cells[school_class.pk, *cell] = (*owner, *(numbers[name] for name in MEASURES))
            sessions = count_sessions(counted, counted_to)
            if sessions is not None:
                coverage[(school_class.pk,)] = (
                    *owner,
                    *(sessions[name] for name in SESSION_COUNTS),
                    counted_to,
                )
    done = Rebuilt(classes=classes)
    of_chunk = {"school_id__in": school_ids, "month": month.first}
    of_classes = of_chunk if class_ids is None else of_chunk | {"school_class_id__in": class_ids}
    done += _replace(
        ClassMonth,
        ClassMonth.objects.filter(**of_classes),
        month,
        key=("school_class_id", "grade", "sex", "ethnic_group"),
        values=("school_id", "commune_id", "level", *MEASURES),
        wanted=cells,
    )
    done += _replace(
        ClassCoverage,
        ClassCoverage.objects.filter(**of_classes),
        month,
        key=("school_class_id",),
        values=("school_id", "commune_id", "level", *SESSION_COUNTS, "counted_to"),
        wanted=coverage,
        rebuilt_at=timezone.now(),
    )
    done += _replace(
        SchoolMonth,
        SchoolMonth.objects.filter(**of_chunk),
        month,
        key=("school_id", "level", "sex", "ethnic_group"),
        values=("commune_id", *MEASURES),
        wanted=_sums_of_schools(of_chunk, communes),
    )
    return done


def _sums_of_schools(of_chunk, communes):
    sums = (
        ClassMonth.objects.filter(**of_chunk)
        .order_by()
        .values_list("school_id", "level", "sex", "ethnic_group")
        .annotate(**{f"total_{name}": Sum(name) for name in MEASURES})
    )
    return {tuple(row[:4]): (communes[row[0]], *row[4:]) for row in sums if row[0] in communes}


def _replace(model, rows, month, *, key, values, wanted, **stamp):
    """Make `rows` (a queryset) equal to `wanted` (key tuple -> value tuple).

    Rows that are right already are not written; rows no longer wanted are deleted. `stamp`
    is written with a row that changes but is no reason to write it.
    """
    width = len(key)
    there = {}
    for pk, *row in rows.values_list("pk", *key, *values):
        there[tuple(row[:width])] = (pk, tuple(row[width:]))
    changed = [
        model(
            month=month.first,
            **dict(zip(key, at, strict=True)),
            **dict(zip(values, numbers, strict=True)),
            **stamp,
        )
        for at, numbers in wanted.items()
        if at not in there or there[at][1] != numbers
    ]
    # Neighbours on disk are read together: commune and school first.
    changed.sort(key=lambda row: (row.commune_id, row.school_id))
    model.objects.bulk_create(
        changed,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=[*(name.removesuffix("_id") for name in key), "month"],
        update_fields=[*(name.removesuffix("_id") for name in values), *stamp],
    )
    gone = [pk for at, (pk, _numbers) in there.items() if at not in wanted]
    if gone:
        model.objects.filter(pk__in=gone).delete()
    return Rebuilt(written=len(changed), removed=len(gone))


def stale_chunks():
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
