"""Reading uploaded workbooks and what the upload form offers."""

from ..models import Enrolment, ImportBatch, School, SchoolClass, SchoolYear

RECENT = 5


def batch_in(places, batch_id):
    """The batch when its school lies inside `places`, else None."""
    return (
        ImportBatch.objects.select_related("school", "year", "made_by")
        .filter(pk=batch_id, school__in=School.objects.within(places))
        .first()
    )


def recent_batches(school):
    """The last uploads of a school, without their previews."""
    batches = ImportBatch.objects.filter(school=school).select_related("made_by")
    return list(batches.defer("preview")[:RECENT])


def years_to_import(today):
    """School years that are not over, as a queryset, the current one first."""
    return SchoolYear.objects.filter(valid_to__gt=today).order_by("valid_from")


def default_start(school, year, today):
    """The day offered: the first of the year while nobody is on its roll, else today."""
    has_roll = Enrolment.objects.filter(school=school, school_class__year=year).exists()
    return max(today, year.valid_from) if has_roll else year.valid_from


def class_names(school, year):
    """Names of the classes of a school and year."""
    return list(
        SchoolClass.objects.filter(school=school, year=year)
        .order_by("name_key", "pk")
        .values_list("name", flat=True)
    )


def example_class(school, year):
    """A class to show in the example: (name, first grade), or None when there is none."""
    school_class = (
        SchoolClass.objects.filter(school=school, year=year).order_by("name_key", "pk").first()
    )
    return (school_class.name, school_class.grade_list[0]) if school_class else None
