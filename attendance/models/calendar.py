"""When school is held: the frame of a year, a weekly pattern and exceptions, all by place.

Each carries at most one of area, school and site; the nearest place wins: site, school,
commune, district or cluster, province, and last a row without any place. At one place a row
for the level of the class beats a row for every level.
"""

import datetime
from typing import TypeAlias

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.levels import EducationLevel
from core.validity import ValidBetween, ValidInTime, ends_after_it_begins
from schools.enums import Session
from schools.models import Area, School, Site

from ..enums import NotHeldReason, RegistersChoice

# Where a frame, pattern or closure holds.
Place: TypeAlias = Area | School | Site


class ByPlace(ValidInTime):
    """Holds for one place (or everywhere), for one level (or all), during a time."""

    area = models.ForeignKey(
        "schools.Area",
        verbose_name=_("area"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    school = models.ForeignKey(
        "schools.School",
        verbose_name=_("school"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    site = models.ForeignKey(
        "schools.Site",
        verbose_name=_("site"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    level = models.CharField(
        _("education level"), max_length=4, choices=EducationLevel, blank=True, default=""
    )

    class Meta:
        abstract = True

    @property
    def place(self) -> Place | None:
        """The place itself, or None for everywhere."""
        return self.site or self.school or self.area

    @property
    def place_name(self) -> str:
        """The place in words: "School – Site", the school or the area."""
        if self.site:
            return f"{self.site.school.name} – {self.site.name}"
        place = self.school or self.area
        return str(place) if place else ""


def one_place(name: str) -> models.CheckConstraint:
    """At most one of area, school and site is set."""
    return models.CheckConstraint(
        condition=models.Q(area=None, school=None)
        | models.Q(area=None, site=None)
        | models.Q(school=None, site=None),
        name=name,
    )


class YearFrame(ByPlace, ValidBetween):
    """In one school year, classes are held from `valid_from` until the day before `valid_to`.

    It lies inside the year's own dates, which hold where no frame reaches. Outside the frame no
    session is due, make-up days included.
    """

    year = models.ForeignKey(
        "schools.SchoolYear",
        verbose_name=_("school year"),
        on_delete=models.CASCADE,
        related_name="frames",
    )
    second_term_from = models.DateField(_("first day of the second term"), null=True, blank=True)
    source = models.CharField(_("by decision"), max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    # Whether the reader may change it; told by `calendar.selectors.closures.frames_seen`.
    is_own: bool

    class Meta:
        verbose_name = _("frame of a school year")
        verbose_name_plural = _("frames of school years")
        ordering = ["valid_from", "pk"]
        constraints = [
            one_place("year_frame_has_one_place"),
            ends_after_it_begins("year_frame_ends_after_it_begins"),
            models.CheckConstraint(
                condition=~models.Q(valid_to=None), name="year_frame_has_an_end"
            ),
            models.CheckConstraint(
                condition=models.Q(second_term_from=None)
                | models.Q(
                    second_term_from__gt=models.F("valid_from"),
                    second_term_from__lt=models.F("valid_to"),
                ),
                name="year_frame_holds_both_terms",
            ),
            *(
                models.UniqueConstraint(
                    fields=["year", "level", place],
                    condition=models.Q(**{f"{place}__isnull": False}),
                    name=f"one_year_frame_per_{place}",
                )
                for place in ("area", "school", "site")
            ),
            models.UniqueConstraint(
                fields=["year", "level"],
                condition=models.Q(area=None, school=None, site=None),
                name="one_year_frame_for_everywhere",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.place or '*'} {self.level}"

    def clean(self) -> None:
        super().clean()
        if not (self.year_id and self.valid_from and self.valid_to):
            return
        if self.valid_from < self.year.valid_from or self.valid_to > self.year.valid_to:
            raise ValidationError(
                _("School year %(year)s runs from %(first)s to %(last)s. Stay inside it.")
                % {
                    "year": self.year.code,
                    "first": self.year.valid_from.strftime("%d/%m/%Y"),
                    "last": self.year.last_day.strftime("%d/%m/%Y"),
                },
                code="outside_the_year",
            )
        border = self.second_term_from
        if border and not self.valid_from < border < self.valid_to:
            raise ValidationError(
                {"second_term_from": _("The second term begins between the first and last day.")},
                code="term_outside",
            )


def weekdays_in_words(pattern: str) -> str:
    """The days of a pattern such as "1111100" in words, days in a row as one; empty for none."""
    runs: list[list[int]] = []
    for day in (number for number, held in enumerate(pattern) if held == "1"):
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(
        " – ".join(str(WEEKDAYS[d]) for d in dict.fromkeys((run[0], run[-1]))) for run in runs
    )


class CalendarRule(ByPlace):
    """The weekly pattern: on which weekdays mornings and afternoons are held.

    Each pattern is seven characters, Monday first: "1" held, "0" not. "1111110" is Monday to
    Saturday.
    """

    morning = models.CharField(_("mornings"), max_length=7, default="1111110")
    afternoon = models.CharField(_("afternoons"), max_length=7, default="1111100")

    # Whether the reader may change it; told by `calendar.selectors.patterns.patterns_seen`.
    is_own: bool

    class Meta:
        verbose_name = _("weekly pattern")
        verbose_name_plural = _("weekly patterns")
        constraints = [
            one_place("calendar_rule_has_one_place"),
            ends_after_it_begins("calendar_rule_ends_after_it_begins"),
            models.CheckConstraint(
                condition=models.Q(morning__regex=r"^[01]{7}$")
                & models.Q(afternoon__regex=r"^[01]{7}$"),
                name="calendar_rule_has_seven_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place or '*'} {self.level} {self.morning}/{self.afternoon}"

    @property
    def last_day(self) -> datetime.date | None:
        """The last day on which it holds, or None for no end."""
        return self.valid_to - datetime.timedelta(days=1) if self.valid_to else None

    @property
    def mornings(self) -> str:
        """The mornings with lessons, in words."""
        return weekdays_in_words(self.morning)

    @property
    def afternoons(self) -> str:
        """The afternoons with lessons, in words."""
        return weekdays_in_words(self.afternoon)

    def holds(self, weekday: int, session: str) -> bool:
        """Whether a session of a weekday (Monday = 0) is held."""
        pattern = self.morning if session == Session.MORNING else self.afternoon
        return pattern[weekday] == "1"


class Closure(ByPlace, ValidBetween):
    """An exception to the pattern, in either direction.

    `is_held=False` closes (holiday, cold, flood); `is_held=True` opens a day that the pattern
    or a farther place closes (make-up day, "held anyway").
    """

    session = models.CharField(_("session"), max_length=2, choices=Session, blank=True, default="")
    is_held = models.BooleanField(_("school is held"), default=False)
    reason = models.CharField(_("reason"), max_length=10, choices=NotHeldReason)
    note = models.CharField(_("note"), max_length=200, blank=True)
    temperature = models.DecimalField(
        _("lowest temperature (°C)"), max_digits=3, decimal_places=1, null=True, blank=True
    )
    registers_sent = models.PositiveIntegerField(
        _("registers sent before it was entered"), default=0, db_default=0
    )
    registers_choice = models.CharField(
        _("what becomes of them"),
        max_length=10,
        choices=RegistersChoice,
        blank=True,
        default="",
        db_default="",
    )
    made_with = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="along"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords()

    # Told by `calendar.selectors.closures.tell_exceptions`.
    kind: str
    exceptions: list["Closure"]

    class Meta:
        verbose_name = _("closure or make-up day")
        verbose_name_plural = _("closures and make-up days")
        ordering = ["-valid_from", "-pk"]
        constraints = [
            one_place("closure_has_one_place"),
            ends_after_it_begins("closure_ends_after_it_begins"),
            models.CheckConstraint(condition=~models.Q(valid_to=None), name="closure_has_an_end"),
            models.CheckConstraint(
                condition=models.Q(temperature=None) | models.Q(reason=NotHeldReason.COLD),
                name="closure_temperature_is_for_cold",
            ),
            models.CheckConstraint(
                condition=models.Q(made_with=None) | models.Q(is_held=True),
                name="closure_made_along_opens",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} {self.valid_from:%d/%m/%Y}"
