"""An uploaded month workbook on its way from preview to the registers."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class MonthBatch(models.Model):
    """What one workbook says of a class's month; no register is written before `DONE`.

    The workbook itself is kept until a job has read it (READING), and no longer. `content` holds
    what the preview shows and the save sends, pupils by their ids
    (`services.month_workbooks.kept`); of a batch that is done only the operations are left, of an
    expired one nothing. `answers_for_school`: the sender could correct as long as a head may.
    `read_from`: when the reading was last asked for.
    """

    class State(models.TextChoices):
        READING = "reading", _("Being read")
        READY = "ready", _("Ready to send")
        REFUSED = "refused", _("Needs mending")
        FAILED = "failed", _("Not read, by a fault of the program")
        DONE = "done", _("Sent")
        EXPIRED = "expired", _("Not sent in time")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school_class = models.ForeignKey(
        "schools.SchoolClass", on_delete=models.CASCADE, related_name="month_batches"
    )
    month = models.DateField(_("month"))
    file_name = models.CharField(_("file"), max_length=200)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.READING)
    answers_for_school = models.BooleanField(default=False, db_default=False)
    read_from = models.DateTimeField(null=True, blank=True)
    content = models.JSONField(default=dict, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="month_batches"
    )
    made_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("month workbook")
        verbose_name_plural = _("month workbooks")
        ordering = ["-made_at"]

    def __str__(self):
        return self.file_name
