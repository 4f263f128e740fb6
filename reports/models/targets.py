"""Targets: what an indicator should reach, by level, place and time."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.levels import EducationLevel
from core.validity import NoOverlap, ValidInTime, ends_after_it_begins


class Target(ValidInTime):
    """A target in percent. The nearest area wins; at one area, the level's own row wins."""

    indicator = models.CharField(_("indicator"), max_length=30)
    level = models.CharField(
        _("education level"), max_length=4, choices=EducationLevel, blank=True, default=""
    )
    area = models.ForeignKey(
        "schools.Area", verbose_name=_("area"), on_delete=models.CASCADE, related_name="+"
    )
    percent = models.DecimalField(
        _("target (%)"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    source = models.CharField(_("by decision"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = [
            NoOverlap(name="target_does_not_overlap", same=["indicator", "level", "area"]),
            ends_after_it_begins("target_ends_after_it_begins"),
            models.CheckConstraint(
                condition=models.Q(percent__gte=0, percent__lte=100),
                name="target_is_a_percentage",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.level} {self.percent} %"
