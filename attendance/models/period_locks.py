"""Months whose registers may no longer be changed by anybody."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.levels import EducationLevel
from core.validity import NoOverlap, ValidInTime, ValidInTimeQuerySet, ends_after_it_begins


class PeriodLockQuerySet(ValidInTimeQuerySet):
    def in_force(self) -> Self:
        """Those that nobody has taken back."""
        return self.filter(unlocked_at=None)


class PeriodLock(ValidInTime):
    """Whole months [valid_from, valid_to) of an area in which no register may be changed.

    It holds for every class of the level, or of any when `level` is blank, whose school lies in
    the area on the day of the register. It is taken back, never deleted: who had locked what is
    part of the story of a figure.
    """

    area = models.ForeignKey(
        "schools.Area", verbose_name=_("area"), on_delete=models.PROTECT, related_name="+"
    )
    level = models.CharField(
        _("education level"), max_length=4, choices=EducationLevel, blank=True, default=""
    )
    locked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("locked by"),
        help_text=_("Empty: by a command on the server."),
    )
    locked_at = models.DateTimeField(_("locked at"))
    unlocked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("unlocked by"),
    )
    unlocked_at = models.DateTimeField(_("unlocked at"), null=True, blank=True)
    unlock_reason = models.CharField(
        _("why it was unlocked"), max_length=300, blank=True, default=""
    )

    objects: ClassVar = PeriodLockQuerySet.as_manager()

    class Meta:
        verbose_name = _("period lock")
        verbose_name_plural = _("period locks")
        ordering = ["-valid_from", "-pk"]
        constraints = [
            # A NULL end alone would pass: a lock always has an end.
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=False), name="period_lock_has_an_end"
            ),
            ends_after_it_begins("period_lock_ends_after_it_begins"),
            models.CheckConstraint(
                condition=models.Q(unlocked_at=None, unlocked_by=None, unlock_reason="")
                | (models.Q(unlocked_at__isnull=False) & ~models.Q(unlock_reason="")),
                name="period_unlock_has_time_and_reason",
            ),
            NoOverlap(
                name="period_is_locked_once",
                same=["area", "level"],
                condition=models.Q(unlocked_at=None),
                violation_error_message=_("This month is locked there already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area} {self.level} {self.valid_from:%m/%Y}".replace("  ", " ")
