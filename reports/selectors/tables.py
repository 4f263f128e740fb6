"""Figures of a month as a table for other systems: one row for each place asked for."""

import datetime
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeAlias

from core.months import Month
from core.scope import Places
from core.vietnamese import title_key
from schools.areas.selectors.tree import (
    AreaTree,
    area_version,
    schools_in,
    schools_of_province,
)
from schools.enums import AreaLevel
from schools.models import Area, School, SchoolClass

from .areas import area_of_month
from .dashboards import map_date_for
from .figures import Figures, figures, year_to_date

# Divides by districts, and by clusters where there are none.
DISTRICT = "district"
# (code, name) of a place.
Named: TypeAlias = tuple[str | None, str]


@dataclass(frozen=True)
class TableRow:
    """One place with its figures of the month and of the school year so far.

    `kind` is "area", "district", "commune", "school" or "class"; `key` the id, None for schools
    that lie in no commune on the map asked for, and for communes in no district or cluster.
    """

    kind: str
    key: int | None
    code: str | None
    name: str
    figures: Figures
    year: Figures


def area_asked(
    places: Places, code: str, month: Month, map_date: datetime.date | None
) -> Area | None:
    """The version of an area's code that a question means, or None when the reader may not.

    Args:
        places: those to read (`Scope.places_to_read`).
        map_date: None for the units of the month, or a day of the map asked for.
    """
    area = area_of_month(code, month) if map_date is None else area_version(code, on=map_date)
    if area is None or area.level > AreaLevel.COMMUNE or area.pk not in places.areas:
        return None
    return area


def area_table(
    *, area: Area, month: Month, level: str, by: str | None, map_date: datetime.date | None
) -> list[TableRow]:
    """`TableRow`s of an area, in the order of names.

    On any map a province has the same sum: schools that lie nowhere on that map are in it,
    under the commune None. Queries: a fixed number.
    """
    on = map_date or map_date_for(area, month)
    tree = AreaTree.on(on)
    inside = tree.below(area.pk)
    if area.level == AreaLevel.PROVINCE:
        there, nowhere = schools_of_province(area, inside, on=on)
        school_ids = [*there, *nowhere]
    else:
        school_ids = list(schools_in(inside, on=on))
    if by == DISTRICT:
        communes = _rows(
            "commune", month=month, level=level, school_ids=school_ids, map_date=map_date
        )
        return _by_district(communes, tree)
    if by is not None:
        return _rows(by, month=month, level=level, school_ids=school_ids, map_date=map_date)
    of_month = figures(months=[month], map_date=map_date, level=level, school_ids=school_ids)
    of_year = year_to_date(month=month, map_date=map_date, level=level, school_ids=school_ids)
    return [
        TableRow(
            "area",
            area.pk,
            area.code,
            area.title,
            of_month.get((None, month), Figures()),
            of_year.get(None, Figures()),
        )
    ]


def _by_district(communes: Collection[TableRow], tree: AreaTree) -> list[TableRow]:
    """Communes put together by what they lie in; the rest, and what lies nowhere, under None."""
    groups: defaultdict[Area | None, list[TableRow]] = defaultdict(list)
    for row in communes:
        above = None if row.key is None else tree.parent(row.key)
        is_district = above is not None and above.level == AreaLevel.DISTRICT
        groups[above if is_district else None].append(row)
    rows = [
        TableRow(
            DISTRICT,
            above.pk if above else None,
            above.code if above else None,
            above.title if above else "",
            sum((row.figures for row in inside), Figures()),
            sum((row.year for row in inside), Figures()),
        )
        for above, inside in groups.items()
    ]
    return sorted(rows, key=lambda row: (title_key(row.name), row.code or ""))


def school_table(
    *, school: School, month: Month, level: str, by: str | None, map_date: datetime.date | None
) -> list[TableRow]:
    """`TableRow`s of a school: itself, or its classes."""
    return _rows(
        by or "school", month=month, level=level, school_ids=[school.pk], map_date=map_date
    )


def _rows(
    by: str,
    *,
    month: Month,
    level: str,
    school_ids: Collection[int],
    map_date: datetime.date | None,
) -> list[TableRow]:
    of_month = figures(months=[month], map_date=map_date, level=level, school_ids=school_ids, by=by)
    of_year = year_to_date(
        month=month, map_date=map_date, level=level, school_ids=school_ids, by=by
    )
    found = {key: values for (key, _month), values in of_month.items()}
    names = _NAMES[by]([key for key in found if key is not None])
    rows = [
        TableRow(by, key, *names.get(key, (None, "")), values, of_year.get(key, Figures()))
        for key, values in found.items()
    ]
    return sorted(rows, key=lambda row: (title_key(row.name), row.code or "", row.key or 0))


def _of_communes(ids: Collection[int]) -> dict[int, Named]:
    return {area.pk: (area.code, area.title) for area in Area.objects.filter(pk__in=ids)}


def _of_schools(ids: Collection[int]) -> dict[int, Named]:
    return {
        pk: (code, name)
        for pk, code, name in School.objects.filter(pk__in=ids).values_list("pk", "code", "name")
    }


def _of_classes(ids: Collection[int]) -> dict[int, Named]:
    return {
        pk: (code, name)
        for pk, code, name in SchoolClass.objects.filter(pk__in=ids).values_list(
            "pk", "school__code", "name"
        )
    }


_NAMES = {"commune": _of_communes, "school": _of_schools, "class": _of_classes}
