"""A pupil list that is written to a file, and kept for a day."""

import datetime
from collections.abc import Mapping
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import BackgroundRun, Phase
from core.models.background_runs import CRASHED
from core.wordings import Wording

SILENT_FOR = datetime.timedelta(minutes=5)


class PupilExport(BackgroundRun):
    """One writing of the pupil list of a year: of a school, or of all that its asker lists."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Being made")
        DONE = "done", _("Ready")
        FAILED = "failed", _("Stopped by a fault")
        CANCELLED = "cancelled", _("Cancelled on request")

    PHASES = {
        State.WAITING: Phase("schools.export_pupils", SILENT_FOR),
        State.RUNNING: Phase("schools.export_pupils", SILENT_FOR, again=State.WAITING),
    }
    WORDINGS: ClassVar[Mapping[str, Wording]] = {
        CRASHED: Wording(
            _(
                "The list could not be made. Ask for it again; if it fails twice, tell the "
                "system administrator the number %(id)s."
            )
        )
    }

    # None: every school whose pupils the asker may list.
    school = models.ForeignKey(
        "schools.School", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    year = models.ForeignKey("schools.SchoolYear", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.WAITING)
    file = models.FileField(upload_to="exports/", blank=True)
    # Pupils listed by the id of their school, as text: what the trail of names says at a fetch.
    counts = models.JSONField(_("pupils by school"), default=dict, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="pupil_exports"
    )

    class Meta(BackgroundRun.Meta):
        verbose_name = _("pupil list as a file")
        verbose_name_plural = _("pupil lists as files")

    def __str__(self) -> str:
        return f"{self.school or '*'} {self.year}"

    @property
    def pupils(self) -> int:
        """How many pupils the file lists."""
        return sum(self.counts.values())

    @property
    def stored_names(self) -> list[str]:
        return [self.file.name or ""]
