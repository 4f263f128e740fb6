"""When school is held: a weekly pattern and exceptions to it, both by place.

Both carry at most one of area, school and site; the nearest place wins: site, school,
commune, district or cluster, province, and last a row without any place. At one place a row
for the level of the class beats a row for every level.
"""

import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from schools.enums import EducationLevel, Session
from schools.temporal import ValidInTime, ends_after_it_begins

from ..enums import NotHeldReason


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
    def place(self):
        """The place itself, or None for everywhere."""
        return self.site or self.school or self.area


def one_place(name):
    """At most one of area, school and site is set."""
    return models.CheckConstraint(
        condition=models.Q(area=None, school=None)
        | models.Q(area=None, site=None)
        | models.Q(school=None, site=None),
        name=name,
    )


class CalendarRule(ByPlace):
    """The weekly pattern: on which weekdays mornings and afternoons are held.

    Each pattern is seven characters, Monday first: "1" held, "0" not. "1111110" is Monday to
    Saturday.
    """

    morning = models.CharField(_("mornings"), max_length=7, default="1111110")
    afternoon = models.CharField(_("afternoons"), max_length=7, default="1111100")

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

    def __str__(self):
        return f"{self.place or '*'} {self.level} {self.morning}/{self.afternoon}"

    def holds(self, weekday, session):
        """Whether a session of a weekday (Monday = 0) is held."""
        pattern = self.morning if session == Session.MORNING else self.afternoon
        return pattern[weekday] == "1"


class Closure(ByPlace):
    """An exception to the pattern, in either direction.

    `is_held=False` closes (holiday, cold, flood); `is_held=True` opens a day that the pattern
    or a farther place closes (make-up day, "held anyway").
    """

    session = models.CharField(_("session"), max_length=2, choices=Session, blank=True, default="")
    is_held = models.BooleanField(_("school is held"), default=False)
    reason = models.CharField(_("reason"), max_length=10, choices=NotHeldReason)
    note = models.CharField(_("note"), max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("closure or make-up day")
        verbose_name_plural = _("closures and make-up days")
        ordering = ["-valid_from", "-pk"]
        constraints = [
            one_place("closure_has_one_place"),
            ends_after_it_begins("closure_ends_after_it_begins"),
            models.CheckConstraint(condition=~models.Q(valid_to=None), name="closure_has_an_end"),
        ]

    def __str__(self):
        return f"{self.get_reason_display()} {self.valid_from:%d/%m/%Y}"

    @property
    def last_day(self):
        """The last day it holds for, as people say it."""
        return self.valid_to - datetime.timedelta(days=1)
