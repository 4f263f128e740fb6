"""An uploaded month workbook on its way from preview to the registers."""

import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import BackgroundRun, Phase

from ..month_workbook.refusals import PROBLEMS


class MonthBatch(BackgroundRun):
    """What one workbook says of a class's month; no register is written before `DONE`.

    The workbook itself is kept until a job has read it (READING), and no longer. `content` holds
    what the preview shows and the save sends, pupils by their ids
    (`month_workbook.services.staged_registers`); of a batch that is done only the operations are
    left, of an expired one nothing. `answers_for_school`: the sender could correct as long as a
    head may.
    """

    class State(models.TextChoices):
        READING = "reading", _("Being read")
        READY = "ready", _("Ready to send")
        REFUSED = "refused", _("Needs mending")
        FAILED = "failed", _("Not read, by a fault of the program")
        DONE = "done", _("Sent")
        CANCELLED = "cancelled", _("Cancelled on request")
        EXPIRED = "expired", _("Not sent in time")

    PHASES = {
        # The largest file is read in seconds; a job that is silent for so long is lost.
        State.READING: Phase("attendance.read_workbook", datetime.timedelta(minutes=3)),
    }
    WORDINGS = PROBLEMS
    JOB_ARGUMENT = "batch_id"

    school_class = models.ForeignKey(
        "schools.SchoolClass", on_delete=models.CASCADE, related_name="month_batches"
    )
    month = models.DateField(_("month"))
    file_name = models.CharField(_("file"), max_length=200)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.READING)
    answers_for_school = models.BooleanField(default=False, db_default=False)
    content = models.JSONField(default=dict, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="month_batches"
    )

    class Meta(BackgroundRun.Meta):
        verbose_name = _("month workbook")
        verbose_name_plural = _("month workbooks")

    def __str__(self) -> str:
        return self.file_name

    @property
    def kept_name(self) -> str:
        """Name in the storage of the workbook until it is read."""
        return f"months/{self.pk}.xlsx"

    @property
    def marked_name(self) -> str:
        """Name in the storage of the marked-up copy."""
        return f"months/{self.pk}-marked.xlsx"

    @property
    def stored_names(self) -> list[str]:
        return [self.kept_name, self.marked_name]
