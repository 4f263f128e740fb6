"""Thresholds and windows that vary by year, level or decree, as dated rows."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..levels import EducationLevel
from ..validity import NoOverlap, ValidInTime, ends_after_it_begins


class Rule(ValidInTime):
    """The value of one rule for one level ("" = every level) during a time.

    The keys, their meaning and first values are declared in `core.rules`.
    """

    key = models.CharField(_("rule"), max_length=60)
    level = models.CharField(
        _("education level"), max_length=4, choices=EducationLevel, blank=True, default=""
    )
    value = models.DecimalField(_("value"), max_digits=12, decimal_places=4)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        db_table = "schools_rule"
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        constraints = [
            NoOverlap(name="rule_does_not_overlap", same=["key", "level"]),
            ends_after_it_begins("rule_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.level} = {self.value.normalize():f}"
