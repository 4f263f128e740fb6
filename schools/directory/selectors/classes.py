"""Reading classes."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from core.scope import Places

from ...models import Area, School, SchoolClass, SchoolYear
from ...pupils.selectors.rolls import roll_counts_on


@dataclass(frozen=True)
class ClassRow:
    """A line of a school's list of classes."""

    school_class: SchoolClass
    pupil_count: int


def class_in(places: Places, class_id: int) -> SchoolClass | None:
    """The class with school, site and year when it lies inside `places`, else None."""
    return (
        SchoolClass.objects.within(places)
        .select_related("school", "site", "year")
        .filter(pk=class_id)
        .first()
    )


def class_id_of(school_code: str, year: str, name: str) -> int:
    """The id of a class by what it is called officially; 0 for one that is not.

    Args:
        school_code: the ministry's; year: code of the school year; name: of the class in it.
    """
    named = SchoolClass.objects.filter(school__code=school_code, year__code=year, name=name)
    return named.values_list("pk", flat=True).first() or 0


def lies_in(places: Places, school_class: SchoolClass) -> bool:
    """Whether a class lies inside `places`; no query unless an area must be asked."""
    return places.names(school_class) or class_in(places, school_class.pk) is not None


def classes_in_places(places: Places, class_ids: Iterable[int]) -> dict[int, SchoolClass]:
    """Dict id -> class, of those that lie inside `places`; one query."""
    return {
        found.pk: found
        for found in SchoolClass.objects.within(places)
        .filter(pk__in=set(class_ids))
        .select_related("school", "site", "year")
    }


def class_rows(school: School, year: SchoolYear, *, on: datetime.date) -> list[ClassRow]:
    """`ClassRow`s of a school in a year, by grade and name, with the roll of a day."""
    classes = list(
        SchoolClass.objects.filter(school=school, year=year).select_related("site", "year")
    )
    classes.sort(key=lambda each: (each.grade_list, each.name_key))
    counts = roll_counts_on([each.pk for each in classes], on)
    return [ClassRow(each, counts.get(each.pk, 0)) for each in classes]


def other_classes(school_class: SchoolClass) -> QuerySet[SchoolClass]:
    """Classes a pupil of this class may move to: same school, same year, not ended."""
    return (
        SchoolClass.objects.filter(
            school_id=school_class.school_id, year_id=school_class.year_id, ended_on=None
        )
        .exclude(pk=school_class.pk)
        .order_by("name_key", "pk")
    )


def running_classes(school_id: int, *, on: datetime.date) -> QuerySet[SchoolClass]:
    """Classes of a school in the school year of a day."""
    return SchoolClass.objects.running_on(on).filter(school_id=school_id).order_by("name_key", "pk")


def years_of(school: School, *, on: datetime.date) -> list[SchoolYear]:
    """School years in which the school had classes, and the one of `on`, newest first."""
    return list(
        SchoolYear.objects.filter(
            Q(valid_from__lte=on, valid_to__gt=on)
            | Q(pk__in=SchoolClass.objects.filter(school=school).values("year_id"))
        ).order_by("-valid_from")
    )


def open_years(*, on: datetime.date) -> QuerySet[SchoolYear]:
    """The school year of a day and those to come: classes can still be opened in them."""
    return SchoolYear.objects.filter(valid_to__gt=on)


def day_in_year(year: SchoolYear, *, on: datetime.date) -> datetime.date:
    """The day whose roll stands for the year: `on` itself, or the nearest day of the year."""
    last = year.valid_to - datetime.timedelta(days=1)
    return min(max(on, year.valid_from), last)


def reaches_class(places: Places, school_class: SchoolClass, commune: Area | None) -> bool:
    """Whether the class lies inside `places`; no query."""
    return (
        school_class.pk in places.classes
        or school_class.school_id in places.schools
        or (commune is not None and commune.pk in places.areas)
    )


def is_any_class() -> bool:
    """Whether the product has a class yet, of any school and year; one query."""
    return SchoolClass.objects.exists()
