"""School years and classes."""

import datetime
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.levels import EducationLevel
from core.scope import Places
from core.sorting import Sorted, SortedQuerySet, SortKeyField
from core.validity import NoOverlap, ValidBetween

from ..enums import ClassSessions, Grade, Session


class SchoolYear(ValidBetween):
    """Năm học: from the opening day to the day after the last one (half-open)."""

    code = models.CharField(_("school year"), max_length=9, unique=True)
    # From then on its classes and rolls stay as they are.
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("school year")
        verbose_name_plural = _("school years")
        ordering = ["valid_from"]
        constraints = [
            models.CheckConstraint(
                # A NULL end alone would pass: an unknown comparison does not break a check.
                condition=models.Q(valid_to__isnull=False, valid_to__gt=models.F("valid_from")),
                name="school_year_has_an_end",
            ),
            NoOverlap(name="school_years_do_not_overlap", same=[]),
        ]

    def __str__(self) -> str:
        return self.code


class SchoolClassQuerySet(SortedQuerySet["SchoolClass"]):
    def within(self, places: Places) -> Self:
        """Classes inside `places`: of whole schools, or granted one by one."""
        if not places:
            return self.none()
        condition = models.Q(pk__in=places.classes) | models.Q(school_id__in=places.schools)
        if places.areas:
            from .schools import placed_in

            condition |= placed_in(places)
        return self.filter(condition)

    def running_on(self, date: datetime.date) -> Self:
        """Classes of the school year that contains `date`, without those that have ended."""
        return self.filter(year__valid_from__lte=date, year__valid_to__gt=date).not_ended_on(date)

    def not_ended_on(self, date: datetime.date) -> Self:
        """Classes that did not end in the course of their year before a day."""
        return self.filter(models.Q(ended_on=None) | models.Q(ended_on__gt=date))


def validate_grades(text: str) -> None:
    """Grades are integers joined by commas, ascending, all of one education level."""
    try:
        grades = [Grade(int(part)) for part in text.split(",")]
    except ValueError as error:
        raise ValidationError(_("Choose at least one grade."), code="unknown_grade") from error
    if grades != sorted(set(grades)):
        raise ValidationError(_("Name each grade once, the lowest first."), code="grade_order")
    if len({grade.education_level for grade in grades}) > 1:
        raise ValidationError(
            _("All grades of one class belong to the same education level."), code="mixed_levels"
        )
    if len(grades) > 3:
        # Circular 28/2020/TT-BGDĐT art. 16: at most three grades in a multi-grade class.
        raise ValidationError(_("A class joins at most three grades."), code="too_many_grades")


class SchoolClass(Sorted, models.Model):
    """A class of one school year, at one site, of one grade or several (lớp ghép)."""

    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="classes")
    site = models.ForeignKey("schools.Site", on_delete=models.PROTECT, related_name="classes")
    year = models.ForeignKey(SchoolYear, on_delete=models.PROTECT, related_name="classes")
    name = models.CharField(_("class name"), max_length=30)
    name_key = SortKeyField(_("sort key"))
    level = models.CharField(_("education level"), max_length=4, choices=EducationLevel)
    grades = models.CharField(_("grades"), max_length=20, validators=[validate_grades])
    sessions = models.CharField(
        _("sessions"), max_length=5, choices=ClassSessions, default=ClassSessions.MORNING
    )
    # First day on which the class is no more; empty for one that lives as long as its year.
    ended_on = models.DateField(_("ended on"), null=True, blank=True)

    history = HistoricalRecords(excluded_fields=["name_key"])
    objects = SchoolClassQuerySet.as_manager()

    class Meta:
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        ordering = ["school_id", "year_id", "name_key", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["school", "year", "name"], name="class_name_is_unique_in_school_year"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.site_id and self.school_id and self.site.school_id != self.school_id:
            raise ValidationError(
                {"site": _("The site belongs to another school. Choose a site of this school.")}
            )
        if self.grades and self.level and self.grade_list[0].education_level != self.level:
            raise ValidationError({"grades": _("These grades are not of the chosen level.")})
        year = self.year if self.year_id else None
        if self.ended_on and year and not year.valid_from <= self.ended_on < year.valid_to:
            raise ValidationError(
                {"ended_on": _("The day must lie in school year %(year)s.") % {"year": year.code}},
                code="outside_the_year",
            )

    @property
    def grade_list(self) -> list[Grade]:
        """The grades as `Grade` members, lowest first."""
        return [Grade(int(part)) for part in self.grades.split(",")]

    @property
    def is_multi_grade(self) -> bool:
        """Lớp ghép."""
        return "," in self.grades

    @property
    def session_list(self) -> list[Session]:
        """The halves of the day the class studies, as `Session` members."""
        return [Session(code) for code in self.sessions.split(",")]
