"""Adults who can read and write, as a commune reports them in whole numbers."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from schools.enums import AreaLevel

from .surveys import FIRST_YEAR, LAST_YEAR

MOST_PEOPLE = 1_000_000


class LiteracyTotal(models.Model):
    """People of some ages of a commune in a year: all, and literate at level 1 and at level 2.

    For communes whose survey does not hold their adults. Who is literate at level 2 is so at
    level 1 too. Age = year − year of birth.
    """

    commune = models.ForeignKey(
        "schools.Area",
        verbose_name=_("commune"),
        on_delete=models.PROTECT,
        related_name="literacy_totals",
    )
    year = models.PositiveSmallIntegerField(
        _("year"), validators=[MinValueValidator(FIRST_YEAR), MaxValueValidator(LAST_YEAR)]
    )
    first_age = models.PositiveSmallIntegerField(_("first age"))
    last_age = models.PositiveSmallIntegerField(_("last age"))
    people = models.PositiveIntegerField(_("people"), validators=[MaxValueValidator(MOST_PEOPLE)])
    level_1 = models.PositiveIntegerField(_("literate at level 1"))
    level_2 = models.PositiveIntegerField(_("literate at level 2"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("entered by"),
    )
    entered_at = models.DateTimeField(_("entered"), auto_now=True)

    class Meta:
        verbose_name = _("literacy total")
        verbose_name_plural = _("literacy totals")
        ordering = ["-year", "commune_id", "first_age", "last_age"]
        constraints = [
            models.UniqueConstraint(
                fields=["commune", "year", "first_age", "last_age"],
                name="literacy_is_totalled_once_for_ages",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    level_2__lte=models.F("level_1"), level_1__lte=models.F("people")
                ),
                name="literate_people_are_among_the_people",
                violation_error_message=_(
                    "Level 2 has no more people than level 1, and level 1 no more than there are."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(first_age__lte=models.F("last_age")),
                name="literacy_ages_are_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commune} · {self.year} · {self.first_age}–{self.last_age}"

    def clean(self) -> None:
        super().clean()
        if self.commune_id and self.commune.level != AreaLevel.COMMUNE:
            raise ValidationError(
                {"commune": _("Totals are of a commune, ward or township.")}, code="not_a_commune"
            )
