"""Permission to correct registers after their time is over."""

import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.validity import ValidInTime, ValidInTimeQuerySet, ends_after_it_begins


class ReopeningQuerySet(ValidInTimeQuerySet):
    def open_at(self, moment):
        """Those that let registers be corrected at this moment."""
        return self.filter(open_until__gt=moment, closed_at=None)


class Reopening(ValidInTime):
    """A request to open the registers of some days [valid_from, valid_to), and its answer.

    For one class, for every class of a school, or, opened from above without being asked, for
    every school of an area. While `open_until` lies ahead and nobody has closed it again, those
    who take the registers may correct them; every correction still needs its reason.
    """

    area = models.ForeignKey(
        "schools.Area",
        verbose_name=_("area"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    school = models.ForeignKey(
        "schools.School", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    school_class = models.ForeignKey(
        "schools.SchoolClass",
        verbose_name=_("class"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    reason = models.CharField(_("reason"), max_length=300)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(_("asked"))
    by_office = models.BooleanField(
        _("asked by who answers for the school"),
        default=False,
        help_text=_("Then it is decided above the school."),
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=300, blank=True, default="")
    open_until = models.DateTimeField(_("open until"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(_("closed again"), null=True, blank=True)

    objects = ReopeningQuerySet.as_manager()

    class Meta:
        verbose_name = _("reopening of registers")
        verbose_name_plural = _("reopenings of registers")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            ends_after_it_begins("reopening_ends_after_it_begins"),
            models.CheckConstraint(
                condition=models.Q(decided_at=None, decided_by=None, open_until=None)
                | models.Q(decided_at__isnull=False, decided_by__isnull=False),
                name="reopening_is_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(area=None, school__isnull=False)
                | models.Q(area__isnull=False, school=None, school_class=None),
                name="reopening_has_one_place",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at=None, closed_by=None)
                | models.Q(
                    closed_at__isnull=False, closed_by__isnull=False, open_until__isnull=False
                ),
                name="reopening_is_closed_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["school", "valid_from"], name="reopening_school_day")]

    def __str__(self):
        return f"{self.school_class or self.school or self.area} {self.valid_from:%d/%m/%Y}"

    @property
    def last_day(self):
        """The last day asked for, as people say it."""
        return self.valid_to - datetime.timedelta(days=1)

    @property
    def state(self):
        """waiting, granted, refused or closed (granted, and ended early)."""
        if self.decided_at is None:
            return "waiting"
        if self.closed_at is not None:
            return "closed"
        return "granted" if self.open_until else "refused"

    def is_open_at(self, moment):
        """Whether it lets registers be corrected at this moment."""
        return self.state == "granted" and moment < self.open_until
