"""Opening, changing and ending classes."""

import datetime
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.events import Changes, Kind, record
from core.services.saving import lock_in_place, save_checked
from core.types import User
from core.vietnamese import normalise

from ... import events
from ...enums import Grade
from ...models import School, SchoolClass, SchoolYear, Site
from ...signals import enrolments_changed
from ..class_records import last_days


@transaction.atomic
def create_class(
    *,
    school: School,
    year: SchoolYear,
    site: Site,
    name: str,
    grades: Iterable[int | str],
    sessions: str,
    by: User,
) -> SchoolClass:
    """Open a class of one grade, or of several (lớp ghép) of one education level.

    `grades` is an iterable of grades; the level follows from them and must be one that the
    school teaches; the site must be one of the school's in that year. At most three grades
    (circular 28/2020/TT-BGDĐT, art. 16). Raises ValidationError.
    """
    _require_open_year(year)
    taught = _grades_taught(school, grades)
    level = taught[0].education_level
    _require_site_in(site, year)
    school_class = SchoolClass(
        school=school,
        site=site,
        year=year,
        name=normalise(name),
        level=level,
        grades=",".join(str(grade.value) for grade in taught),
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


@transaction.atomic
def edit_class(
    *,
    school_class: SchoolClass,
    name: str,
    grades: Iterable[int | str],
    site: Site,
    sessions: str,
    by: User,
) -> SchoolClass:
    """Change the name, grades, site or sessions of a class.

    Sessions and site decide which registers are due, in the past too: they change only while
    no register was sent. A grade that a pupil of the class is in stays. Raises ValidationError.
    """
    _lock(school_class)
    _require_running(school_class)
    taught = _grades_taught(school_class.school, grades)
    if site != school_class.site:
        _require_site_in(site, school_class.year)
    wanted: dict[str, str | Site] = {
        "name": normalise(name),
        "grades": ",".join(str(grade.value) for grade in taught),
        "site": site,
        "sessions": sessions,
    }
    changed = {key for key, value in wanted.items() if getattr(school_class, key) != value}
    due_changes = changed & {"site", "sessions"}
    if due_changes and last_recorded(school_class, school_class.year.valid_from):
        field = "sessions" if "sessions" in due_changes else "site"
        raise ValidationError(
            {
                field: _(
                    "Registers of this class are sent already; another site or other sessions "
                    "would change which were due. End this class and open another one."
                )
            },
            code="registers_sent",
        )
    _require_grades_of_pupils(school_class, taught)
    changes = {key: (str(getattr(school_class, key)), str(wanted[key])) for key in changed}
    for key, value in wanted.items():
        setattr(school_class, key, value)
    school_class.level = taught[0].education_level
    save_checked(school_class, by=by)
    _tell(events.CLASS_EDITED, school_class, by, changes)
    if due_changes:
        _rolls_differ(school_class, school_class.year.valid_from)
    return school_class


@transaction.atomic
def end_class(*, school_class: SchoolClass, on: datetime.date, by: User | None) -> SchoolClass:
    """End a class in the course of its year: `on` is the first day on which it is no more.

    Raises ValidationError: pupils on its roll or registers sent on that day or later.
    """
    _lock(school_class)
    _require_running(school_class)
    year = school_class.year
    if not year.valid_from <= on < year.valid_to:
        raise ValidationError(
            {"on": _("The day must lie in school year %(year)s.") % {"year": year.code}},
            code="outside_the_year",
        )
    left = school_class.spells.during(on, datetime.date.max).count()
    if left:
        raise ValidationError(
            {
                "on": ngettext(
                    "%(count)s pupil is on the roll on that day or later. Move the pupil to "
                    "another class first.",
                    "%(count)s pupils are on the roll on that day or later. Move them to another "
                    "class first.",
                    left,
                )
                % {"count": left}
            },
            code="has_pupils",
        )
    last = last_recorded(school_class, on)
    if last is not None:
        raise ValidationError(
            {
                "on": _("A register of %(day)s was sent. Choose a later day.")
                % {"day": last.strftime("%d/%m/%Y")}
            },
            code="registers_sent",
        )
    school_class.ended_on = on
    save_checked(school_class, by=by)
    _tell(events.CLASS_ENDED, school_class, by, {"ended_on": (None, on)})
    return school_class


@transaction.atomic
def undo_end_class(*, school_class: SchoolClass, by: User) -> SchoolClass:
    """Take the ending of a class back. Raises ValidationError when its school is closed since."""
    _lock(school_class)
    if school_class.ended_on is None:
        raise ValidationError(_("This class has not ended."), code="not_ended")
    if school_class.school.valid_to is not None:
        raise ValidationError(_("The school is closed."), code="school_closed")
    _require_open_year(school_class.year)
    changes = {"ended_on": (school_class.ended_on, None)}
    school_class.ended_on = None
    save_checked(school_class, by=by)
    _tell(events.CLASS_ENDED, school_class, by, changes)
    return school_class


def last_recorded(school_class: SchoolClass, since: datetime.date) -> datetime.date | None:
    """The last day since a day on which a package above recorded something of a class, or None."""
    return max(
        (day for ask in last_days for _class_id, day in ask([school_class.pk], since)),
        default=None,
    )


def _grades_taught(school: School, grades: Iterable[int | str]) -> list[Grade]:
    taught = sorted({Grade(int(grade)) for grade in grades})
    if not taught:
        raise ValidationError({"grades": _("Choose at least one grade.")}, code="no_grade")
    if taught[0].education_level not in school.education_levels:
        raise ValidationError(
            {
                "grades": _("The school does not teach grade %(grade)s.")
                % {"grade": taught[0].label}
            },
            code="level_not_taught",
        )
    return taught


def _require_site_in(site: Site, year: SchoolYear) -> None:
    if site.valid_from >= year.valid_to or (site.valid_to and site.valid_to <= year.valid_from):
        raise ValidationError(
            {"site": _("This site is closed in that school year. Choose another one.")},
            code="site_closed",
        )


def _require_open_year(year: SchoolYear) -> None:
    if year.closed_at is not None:
        raise ValidationError(
            _("School year %(year)s is closed; its classes stay as they are.")
            % {"year": year.code},
            code="year_closed",
        )


def _require_running(school_class: SchoolClass) -> None:
    _require_open_year(school_class.year)
    if school_class.ended_on is not None:
        raise ValidationError(
            _("This class ended on %(day)s.") % {"day": school_class.ended_on.strftime("%d/%m/%Y")},
            code="class_ended",
        )


def _require_grades_of_pupils(school_class: SchoolClass, grades: Iterable[Grade]) -> None:
    taught = {int(grade) for grade in school_class.spells.values_list("grade", flat=True)}
    missing = sorted(taught - {grade.value for grade in grades})
    if missing:
        raise ValidationError(
            {
                "grades": _("Pupils of the class are in grade %(grades)s. Keep it ticked.")
                % {"grades": ", ".join(str(Grade(grade).label) for grade in missing)}
            },
            code="grade_in_use",
        )


def _lock(school_class: SchoolClass) -> None:
    lock_in_place(school_class)


def _tell(kind: Kind, school_class: SchoolClass, by: User | None, changes: Changes) -> None:
    record(
        kind,
        by=by,
        about=school_class,
        name=school_class.name,
        part_of=school_class.school,
        school=school_class.school_id,
        changes=changes,
    )


def _rolls_differ(school_class: SchoolClass, start: datetime.date) -> None:
    enrolments_changed.send(
        sender=SchoolClass, school_class_ids=[school_class.pk], start=start, end=None
    )
