"""Opening classes."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.events import record
from core.services.saving import save_checked
from core.vietnamese import normalise

from .. import events
from ..enums import Grade
from ..models import SchoolClass


@transaction.atomic
def create_class(*, school, year, site, name, grades, sessions, by):
    """Open a class of one grade, or of several (lớp ghép) of one education level.

    `grades` is an iterable of grades; the level follows from them and must be one that the
    school teaches; the site must be one of the school's in that year. At most three grades
    (circular 28/2020/TT-BGDĐT, art. 16). Raises ValidationError.
    """
    grades = sorted({Grade(int(grade)) for grade in grades})
    if not grades:
        raise ValidationError({"grades": _("Choose at least one grade.")}, code="no_grade")
    level = grades[0].education_level
    if level not in school.education_levels:
        raise ValidationError(
            {
                "grades": _("The school does not teach grade %(grade)s.")
                % {"grade": grades[0].label}
            },
            code="level_not_taught",
        )
    if site.valid_from >= year.valid_to or (site.valid_to and site.valid_to <= year.valid_from):
        raise ValidationError(
            {"site": _("This site is closed in that school year. Choose another one.")},
            code="site_closed",
        )
    school_class = SchoolClass(
        school=school,
        site=site,
        year=year,
        name=normalise(name),
        level=level,
        grades=",".join(str(grade.value) for grade in grades),
        sessions=sessions,
    )
    save_checked(school_class, by=by)
    record(
        events.CLASS_OPENED,
        by=by,
        about=school_class,
        name=school_class.name,
        part_of=school,
        school=school.pk,
        changes={"grades": (None, school_class.grades), "sessions": (None, sessions)},
    )
    return school_class
