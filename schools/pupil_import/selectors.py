"""Reading uploaded workbooks and what the upload form offers."""

import datetime

from django.db.models import F, Q, QuerySet

from core.scope import Places
from core.types import User

from ..models import Enrolment, ImportBatch, School, SchoolClass, SchoolYear

RECENT = 5


def batch_in(places: Places, batch_id: str) -> ImportBatch | None:
    """The batch of a school inside `places`, else None."""
    return _batches().filter(pk=batch_id, school__in=School.objects.within(places)).first()


def batch_of_many(places: Places, user: User, batch_id: str) -> ImportBatch | None:
    """The batch of many schools that a person sent, while they enter pupils anywhere."""
    if not places:
        return None
    return _batches().filter(pk=batch_id, school=None, made_by=user).first()


def _batches() -> QuerySet[ImportBatch]:
    return ImportBatch.objects.select_related("school", "year", "made_by")


def recent_batches(user: User, school: School | None) -> list[ImportBatch]:
    """The last uploads of a school, or those of many schools that a person sent, without their
    previews."""
    batches = ImportBatch.objects.select_related("made_by")
    found = batches.filter(school=school) if school else batches.filter(school=None, made_by=user)
    return list(found.order_by("-made_at").defer("preview")[:RECENT])


def years_to_import(today: datetime.date) -> QuerySet[SchoolYear]:
    """School years that are not over, the current one first, then closed ones, the last first.

    What is over and not closed is still being corrected by the schools: neither is done.
    """
    years = SchoolYear.objects.filter(Q(valid_to__gt=today) | Q(closed_at__isnull=False))
    is_closed = Q(closed_at__isnull=False)
    return years.alias(closed=is_closed).order_by("closed", F("valid_from"))


def default_start(school: School | None, year: SchoolYear, today: datetime.date) -> datetime.date:
    """The day offered: the first of the year while nobody is on its roll, else today."""
    spells = Enrolment.objects.filter(school_class__year=year)
    has_roll = (spells.filter(school=school) if school else spells).exists()
    return max(today, year.valid_from) if has_roll else year.valid_from


def has_classes(school: School | None, year: SchoolYear) -> bool:
    """Whether a school, or any school at all, has a class in a year."""
    classes = SchoolClass.objects.filter(year=year)
    return (classes.filter(school=school) if school else classes).exists()


def class_names(school: School, year: SchoolYear) -> list[str]:
    """Names of the classes of a school and year."""
    return list(
        SchoolClass.objects.filter(school=school, year=year)
        .order_by("name_key", "pk")
        .values_list("name", flat=True)
    )


def school_codes(places: Places, *, on: datetime.date) -> list[str]:
    """Codes of the schools open on a day inside `places`, in the order of their names."""
    schools = School.objects.within(places).on(on).order_by("name_key", "pk")
    return list(schools.values_list("code", flat=True))


def example_class(school: School, year: SchoolYear) -> tuple[str, int] | None:
    """A class to show in the example: (name, first grade), or None when there is none."""
    school_class = (
        SchoolClass.objects.filter(school=school, year=year).order_by("name_key", "pk").first()
    )
    return (school_class.name, school_class.grade_list[0]) if school_class else None
