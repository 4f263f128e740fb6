"""Reading schools: lists inside a person's places, one school, where it lies."""

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from core.scope import Places
from core.validity import valid_on
from core.vietnamese import fold

from ...enums import AreaLevel
from ...models import (
    Area,
    Enrolment,
    Placement,
    School,
    SchoolClass,
    SchoolStatus,
    SchoolYear,
    Site,
)


@dataclass(frozen=True)
class SchoolRow:
    """A line of the list of schools."""

    school: School
    commune: Area | None
    class_count: int
    pupil_count: int


def find_schools(
    places: Places,
    *,
    on: datetime.date,
    commune_id: int | None = None,
    level: str = "",
    search: str = "",
) -> list[int]:
    """Ids of the schools open on a day inside `places`, in the order of their names.

    `search` is compared without marks and case with name and code. One query.
    """
    schools = School.objects.within(places).on(on)
    if commune_id is not None:
        schools = schools.filter(valid_on(on, "placements__"), placements__commune_id=commune_id)
    wanted = fold(search)
    found = [
        (key, pk)
        for pk, name, key, code, levels in schools.values_list(
            "pk", "name", "name_key", "code", "levels"
        )
        if (not level or level in levels.split(",")) and wanted in f"{fold(name)} {fold(code)}"
    ]
    return [pk for _key, pk in sorted(found)]


def school_rows(school_ids: Sequence[int], *, on: datetime.date) -> list[SchoolRow]:
    """`SchoolRow`s of the given schools, in their order; four queries."""
    schools = School.objects.in_bulk(school_ids)
    communes = {
        placement.school_id: placement.commune
        for placement in Placement.objects.on(on)
        .filter(school_id__in=school_ids)
        .select_related("commune")
    }
    classes = dict(
        SchoolClass.objects.running_on(on)
        .filter(school_id__in=school_ids)
        .order_by()
        .values_list("school_id")
        .annotate(Count("pk"))
    )
    pupils = dict(
        Enrolment.objects.on(on)
        .filter(school_id__in=school_ids)
        .order_by()
        .values_list("school_id")
        .annotate(Count("pk"))
    )
    return [
        SchoolRow(schools[pk], communes.get(pk), classes.get(pk, 0), pupils.get(pk, 0))
        for pk in school_ids
    ]


def communes_in(places: Places, *, on: datetime.date) -> list[Area]:
    """Communes among the areas of `places`, in the order of their names."""
    if not places.areas:
        return []
    communes = Area.objects.on(on).filter(pk__in=places.areas, level=AreaLevel.COMMUNE)
    return sorted(communes, key=lambda area: (area.name_key, area.code))


def all_communes(*, on: datetime.date) -> QuerySet[Area]:
    """Communes of the whole table on a day, as a queryset: where a pupil may live."""
    return Area.objects.on(on).filter(level=AreaLevel.COMMUNE).order_by("name_key", "pk")


def school_in(places: Places, school_id: int) -> School | None:
    """The school when it lies inside `places`, else None."""
    return School.objects.within(places).filter(pk=school_id).first()


def are_all_in(places: Places, school_ids: Collection[int]) -> bool:
    """Whether every one of some schools lies in the places; one query."""
    found = School.objects.within(places).filter(pk__in=school_ids)
    return found.count() == len(set(school_ids))


def commune_of(school: School, *, on: datetime.date) -> Area | None:
    """The commune in which the school lies on a day, or None."""
    placement = Placement.objects.on(on).filter(school=school).select_related("commune").first()
    return placement.commune if placement else None


def status_of(school: School, *, on: datetime.date) -> SchoolStatus | None:
    """The type of the school on a day as a `SchoolStatus`, or None."""
    return SchoolStatus.objects.on(on).filter(school=school).first()


def sites_of(school: School, *, during: SchoolYear) -> list[Site]:
    """Sites open on some day of a school year, the main one first."""
    return list(school.sites.during(during.valid_from, during.valid_to))


def site_in(places: Places, site_id: int) -> Site | None:
    """The site with its school when the school lies inside `places`, else None."""
    return (
        Site.objects.filter(pk=site_id, school__in=School.objects.within(places))
        .select_related("school")
        .first()
    )


def open_sites(school: School, *, on: datetime.date) -> QuerySet[Site]:
    """Sites where classes can be opened on a day or later, as a queryset."""
    return school.sites.during(on, datetime.date.max)


def satellites(school: School, *, on: datetime.date) -> QuerySet[Site]:
    """Sites open on a day, but for the main one."""
    return school.sites.on(on).filter(is_main=False)


def reaches_school(places: Places, school: School, commune: Area | None) -> bool:
    """Whether the whole school lies inside `places`; no query."""
    return school.pk in places.schools or (commune is not None and commune.pk in places.areas)
