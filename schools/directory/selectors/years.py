"""Reading school years."""

import datetime
from collections.abc import Collection

from django.db.models import QuerySet

from ...models import LoadedYear, SchoolYear


def year_on(date: datetime.date) -> SchoolYear | None:
    """The school year that contains a day, or None in the summer."""
    return SchoolYear.objects.on(date).first()


def year_for(date: datetime.date) -> SchoolYear | None:
    """The school year of a day; in the summer the one that ended last; None before the first."""
    return SchoolYear.objects.filter(valid_from__lte=date).order_by("-valid_from").first()


def year_at_or_after(date: datetime.date) -> SchoolYear | None:
    """The school year that contains a day, else the next one prepared, or None."""
    return SchoolYear.objects.filter(valid_to__gt=date).order_by("valid_from").first()


def all_years() -> QuerySet[SchoolYear]:
    """Every school year, the earliest first."""
    return SchoolYear.objects.all()


def loaded_on(school_id: int, year: SchoolYear | None) -> datetime.datetime | None:
    """When a school's rolls of a year were loaded afterwards, None for those it kept.

    One query, and none for a year that is not closed.
    """
    if year is None or year.closed_at is None:
        return None
    found = LoadedYear.objects.filter(school_id=school_id, year=year)
    return found.values_list("loaded_at", flat=True).first()


def loaded_among(places: Collection[tuple[int, SchoolYear]]) -> set[tuple[int, int]]:
    """Of some (school id, year): (school id, year id) of those loaded afterwards.

    One query, and none where no year is closed.
    """
    closed = {(school_id, year.pk) for school_id, year in places if year.closed_at is not None}
    if not closed:
        return set()
    rows = LoadedYear.objects.filter(
        school_id__in={school for school, _year in closed},
        year_id__in={year for _school, year in closed},
    )
    return closed & set(rows.values_list("school_id", "year_id"))
