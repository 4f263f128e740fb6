"""Which schools a person may open, change and close, and what is known of each."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeVar, cast

from django.db.models import OuterRef, Q, QuerySet, Subquery

from core.permissions import Permission as P
from core.scope import Scope
from core.validity import ValidInTimeQuerySet
from core.vietnamese import fold

from ...models import Area, Placement, School, SchoolChange, SchoolStatus

OPEN, COMING, CLOSED = "open", "coming", "closed"


DatedRow = TypeVar("DatedRow", Placement, SchoolStatus)


@dataclass(frozen=True)
class RecordRow:
    """A line of the list of schools kept by an office."""

    school: School
    commune: Area | None
    status: SchoolStatus | None
    state: str


def managed_areas(scope: Scope) -> frozenset[int]:
    """Ids of the areas in which a person opens and closes schools.

    The right held for the whole installation, without an area, holds for every commune.
    """
    if not scope.may(P.MANAGE_SCHOOLS):
        return frozenset()
    areas = scope.places(P.MANAGE_SCHOOLS).areas
    return areas or frozenset(area.pk for area in scope.tree.communes())


def managed_communes(scope: Scope) -> list[Area]:
    """Communes of today in which a person may place a school, by name."""
    areas = managed_areas(scope)
    return [area for area in scope.tree.communes() if area.pk in areas]


def managed_schools(scope: Scope) -> ValidInTimeQuerySet:
    """Schools whose last commune lies in the areas: open, to come and closed ones."""
    areas = scope.history.readable(managed_areas(scope))
    last = Placement.objects.filter(school=OuterRef("pk")).order_by("-valid_from")
    found = School.objects.annotate(last_commune=Subquery(last.values("commune_id")[:1]))
    return cast("ValidInTimeQuerySet", found.filter(last_commune__in=areas))


def managed_school(scope: Scope, school_id: int) -> School | None:
    """A school the person may change, or None."""
    return managed_schools(scope).filter(pk=school_id).first()


def find_records(
    scope: Scope,
    *,
    on: datetime.date,
    commune_id: int | None = None,
    level: str = "",
    search: str = "",
    state: str = OPEN,
) -> list[int]:
    """Ids of schools by commune, level, part of name or code, and state; by name."""
    schools = managed_schools(scope)
    if commune_id is not None:
        schools = schools.filter(last_commune=commune_id)
    open_now = Q(valid_from__lte=on) & (Q(valid_to=None) | Q(valid_to__gt=on))
    if state == OPEN:
        schools = schools.filter(open_now)
    elif state == COMING:
        schools = schools.filter(valid_from__gt=on)
    elif state == CLOSED:
        schools = schools.filter(valid_to__lte=on)
    wanted = fold(search)
    return [
        pk
        for pk, name, code, levels in schools.order_by("name_key", "pk").values_list(
            "pk", "name", "code", "levels"
        )
        if (not level or level in levels.split(",")) and wanted in f"{fold(name)} {fold(code)}"
    ]


def record_rows(school_ids: Collection[int], *, on: datetime.date) -> list[RecordRow]:
    """`RecordRow`s of schools in their order; three queries."""
    schools = School.objects.in_bulk(school_ids)
    placements = _last_of(Placement.objects.select_related("commune"), school_ids, on)
    statuses = _last_of(SchoolStatus.objects.all(), school_ids, on)
    return [
        RecordRow(
            school=schools[pk],
            commune=placements[pk].commune if pk in placements else None,
            status=statuses.get(pk),
            state=state_of(schools[pk], on=on),
        )
        for pk in school_ids
    ]


def state_of(school: School, *, on: datetime.date) -> str:
    """Whether a school is open on a day, to come, or closed."""
    if school.valid_from > on:
        return COMING
    return OPEN if school.is_valid_on(on) else CLOSED


def _last_of(
    rows: QuerySet[DatedRow], school_ids: Collection[int], on: datetime.date
) -> dict[int, DatedRow]:
    """Dict school id -> its row of a day; of a school not open then, the nearest known one."""
    found: dict[int, DatedRow] = {}
    for row in rows.filter(school_id__in=school_ids).order_by("school_id", "valid_from"):
        if row.school_id not in found or row.valid_from <= on:
            found[row.school_id] = row
    return found


@dataclass(frozen=True)
class SchoolRecord:
    """All that is kept of one school, past and to come."""

    row: RecordRow
    placements: list[Placement]
    statuses: list[SchoolStatus]
    changes: list[SchoolChange]


def school_record(school: School, *, on: datetime.date) -> SchoolRecord:
    """The record of a school; seven queries."""
    return SchoolRecord(
        row=record_rows([school.pk], on=on)[0],
        placements=list(school.placements.select_related("commune").order_by("-valid_from")),
        statuses=list(school.statuses.order_by("-valid_from")),
        changes=list(school.changes.select_related("made_by").prefetch_related("parts__school")),
    )


def schools_beside(scope: Scope, school: School, *, on: datetime.date) -> list[School]:
    """Open schools of the same commune, by name: those usually merged with it."""
    placement = school.placements.on(on).first()
    if placement is None:
        return []
    return list(
        managed_schools(scope)
        .on(on)
        .filter(last_commune=placement.commune_id)
        .exclude(pk=school.pk)
        .order_by("name_key", "pk")
    )


def schools_of_codes(scope: Scope, codes: Collection[str]) -> dict[str, School]:
    """Dict ministry code -> school the person may change."""
    return {school.code: school for school in managed_schools(scope).filter(code__in=codes)}
