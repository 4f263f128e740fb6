"""An uploaded pupil workbook on its way from preview to commit."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def upload_path(batch, filename):
    """A name of our own: what the user called the file is kept only as text."""
    return f"imports/{batch.pk}.xlsx"


class ImportBatch(models.Model):
    """One workbook for one school and year; nothing of it is written before `DONE`."""

    class State(models.TextChoices):
        CHECKING = "checking", _("Checking the file")
        READY = "ready", _("Ready to save")
        REFUSED = "refused", _("Needs mending")
        SAVING = "saving", _("Saving")
        DONE = "done", _("Saved")
        FAILED = "failed", _("Stopped by a fault")
        EXPIRED = "expired", _("Not saved in time")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey("schools.School", on_delete=models.CASCADE, related_name="imports")
    year = models.ForeignKey("schools.SchoolYear", on_delete=models.CASCADE, related_name="imports")
    file = models.FileField(upload_to=upload_path, blank=True)
    file_name = models.CharField(_("file"), max_length=200)
    file_hash = models.CharField(max_length=64)
    starts_on = models.DateField(_("on roll from"))
    create_classes = models.BooleanField(_("create missing classes"), default=False)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.CHECKING)
    # A job that is alive moves this on; the sweep and the page tell a dead one by it.
    heartbeat_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(default=0)
    created_count = models.PositiveIntegerField(_("new"), default=0)
    changed_count = models.PositiveIntegerField(_("changed"), default=0)
    unchanged_count = models.PositiveIntegerField(_("unchanged"), default=0)
    refused_count = models.PositiveIntegerField(_("refused"), default=0)
    preview = models.JSONField(default=dict, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="pupil_imports"
    )
    made_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("pupil import")
        verbose_name_plural = _("pupil imports")
        ordering = ["-made_at"]

    def __str__(self):
        return self.file_name
