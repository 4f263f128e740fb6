"""An uploaded survey on its way from preview to commit."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.workbook_imports import WorkbookImport, phases

from ..survey_import.workbook.refusals import WORDINGS
from .surveys import FIRST_YEAR, LAST_YEAR


class SurveyImport(WorkbookImport):
    """The survey of one commune and year."""

    FOLDER = "survey-imports"
    PHASES = phases(check="mobilisation.check_survey", save="mobilisation.save_survey")
    WORDINGS = WORDINGS

    commune = models.ForeignKey(
        "schools.Area", verbose_name=_("commune"), on_delete=models.CASCADE, related_name="+"
    )
    year = models.PositiveSmallIntegerField(
        _("year of the survey"),
        validators=[MinValueValidator(FIRST_YEAR), MaxValueValidator(LAST_YEAR)],
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="survey_imports"
    )

    class Meta(WorkbookImport.Meta):
        verbose_name = _("survey import")
        verbose_name_plural = _("survey imports")
