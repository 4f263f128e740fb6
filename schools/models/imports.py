"""An uploaded pupil workbook on its way from preview to commit."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.workbook_imports import WorkbookImport, phases, upload_path

from ..pupil_import.workbook.refusals import PROBLEMS

__all__ = ["ImportBatch", "LoadedYear", "SchoolList", "upload_path"]  # the last for migration 0001


class ImportBatch(WorkbookImport):
    """A workbook of pupils of one year, of a school or of all that its sender enters them for."""

    FOLDER = "imports"
    PHASES = phases(check="schools.check_import", save="schools.save_import")
    WORDINGS = PROBLEMS
    JOB_ARGUMENT = "batch_id"

    # None: each row names its school, among those whose pupils the sender enters.
    school = models.ForeignKey(
        "schools.School", null=True, blank=True, on_delete=models.CASCADE, related_name="imports"
    )
    year = models.ForeignKey("schools.SchoolYear", on_delete=models.CASCADE, related_name="imports")
    starts_on = models.DateField(_("on roll from"))
    create_classes = models.BooleanField(_("create missing classes"), default=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="pupil_imports"
    )

    class Meta(WorkbookImport.Meta):
        verbose_name = _("pupil import")
        verbose_name_plural = _("pupil imports")


class LoadedYear(models.Model):
    """The rolls of a school year that a school did not keep here: loaded when it was over."""

    school = models.ForeignKey("schools.School", on_delete=models.CASCADE, related_name="+")
    year = models.ForeignKey("schools.SchoolYear", on_delete=models.CASCADE, related_name="+")
    loaded_at = models.DateTimeField(_("loaded"), auto_now_add=True)
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("loaded by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("rolls loaded afterwards")
        verbose_name_plural = _("rolls loaded afterwards")
        constraints = [
            models.UniqueConstraint(fields=["school", "year"], name="a_year_is_loaded_once")
        ]

    def __str__(self) -> str:
        return f"{self.school} · {self.year}"


class SchoolList(models.Model):
    """A file of schools between upload and saving: its rows as read, which name nobody.

    What it would change is worked out anew whenever it is shown. Rows go once they are saved; a
    list that nobody saved goes after a day (`schools.school_import`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file_name = models.CharField(_("file"), max_length=200)
    starts_on = models.DateField(_("new schools open from"))
    rows = models.JSONField(_("rows as read"), default=list, blank=True)
    created_count = models.PositiveIntegerField(_("new"), default=0)
    changed_count = models.PositiveIntegerField(_("changed"), default=0)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="school_lists"
    )
    made_at = models.DateTimeField(auto_now_add=True)
    saved_at = models.DateTimeField(_("saved"), null=True, blank=True)

    class Meta:
        verbose_name = _("file of schools")
        verbose_name_plural = _("files of schools")
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return self.file_name
