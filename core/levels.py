"""The levels of education, by which rules and figures differ."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EducationLevel(models.TextChoices):
    """Cấp học, with the abbreviations every office uses."""

    PRESCHOOL = "MN", _("Preschool")
    PRIMARY = "TH", _("Primary")
    LOWER_SECONDARY = "THCS", _("Lower secondary")
    UPPER_SECONDARY = "THPT", _("Upper secondary")
