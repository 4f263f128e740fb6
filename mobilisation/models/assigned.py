"""How many children an office assigns to a commune or school to be brought to class in a year."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from schools.enums import AreaLevel

from .surveys import FIRST_YEAR, LAST_YEAR

MOST_CHILDREN = 100_000


class AssignedNumber(models.Model):
    """Chỉ tiêu giao: children of one mobilisation rate assigned to a commune, or to a school.

    A commune's number is held against its children on a roll, a school's against the children
    of these ages on its own rolls. Zero is a number; nothing assigned has no row.
    """

    commune = models.ForeignKey(
        "schools.Area",
        verbose_name=_("commune"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assigned_numbers",
    )
    school = models.ForeignKey(
        "schools.School",
        verbose_name=_("school"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assigned_numbers",
    )
    # That in which the school year begins, and in which ages count.
    year = models.PositiveSmallIntegerField(
        _("year"), validators=[MinValueValidator(FIRST_YEAR), MaxValueValidator(LAST_YEAR)]
    )
    # The code of a `rates.variants.Variant`.
    variant = models.CharField(_("mobilisation rate"), max_length=20)
    children = models.PositiveIntegerField(
        _("children assigned"), validators=[MaxValueValidator(MOST_CHILDREN)]
    )
    decision = models.CharField(_("number of the decision"), max_length=100)
    decided_on = models.DateField(_("date of the decision"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("entered by"),
    )
    entered_at = models.DateTimeField(_("entered"), auto_now_add=True)

    class Meta:
        verbose_name = _("assigned number of children")
        verbose_name_plural = _("assigned numbers of children")
        ordering = ["-year", "commune_id", "school_id", "variant"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(commune=None, school__isnull=False)
                | models.Q(commune__isnull=False, school=None),
                name="number_is_assigned_to_commune_or_school",
            ),
            models.UniqueConstraint(
                fields=["commune", "year", "variant"],
                condition=models.Q(school=None),
                name="commune_is_assigned_one_number_of_a_rate",
            ),
            models.UniqueConstraint(
                fields=["school", "year", "variant"],
                condition=models.Q(commune=None),
                name="school_is_assigned_one_number_of_a_rate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commune or self.school} · {self.year} · {self.variant}"

    def clean(self) -> None:
        super().clean()
        if self.commune is not None and self.commune.level != AreaLevel.COMMUNE:
            raise ValidationError(
                {"commune": _("Numbers are assigned to communes, wards and townships.")},
                code="not_a_commune",
            )
