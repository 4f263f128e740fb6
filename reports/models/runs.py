"""Report runs: who had which report made, from what, and the file that came out."""

import datetime
from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import BackgroundRun, Phase
from core.models.background_runs import CRASHED
from core.months import Month
from core.types import StrOrPromise
from core.wordings import Wording

from .. import report_types

# The problem of a report on a month whose frozen cells are not what was written.
ALTERED = "altered"
# Longer than the counting of the largest report, of which nothing is heard.
SILENT_FOR = datetime.timedelta(minutes=20)


class ReportRun(BackgroundRun):
    """One making of a report: type, filters, file, its hash and its end of life."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Being made")
        DONE = "done", _("Ready")
        FAILED = "failed", _("Stopped by a fault")
        CANCELLED = "cancelled", _("Cancelled on request")

    PHASES = {
        State.WAITING: Phase("reports.make_report", SILENT_FOR),
        State.RUNNING: Phase("reports.make_report", SILENT_FOR, again=State.WAITING),
    }
    WORDINGS: ClassVar[Mapping[str, Wording]] = {
        CRASHED: Wording(
            _(
                "The report could not be made. Ask for it again; if it fails twice, tell "
                "the system administrator the number %(id)s."
            )
        ),
        ALTERED: Wording(
            _(
                "What is kept with the publication under the code %(code)s does not match its "
                "fingerprint: nothing is made of it."
            ),
            _("Tell the system administrator."),
        ),
    }

    # The code of a `report_types.ReportType`.
    kind = models.CharField(_("report"), max_length=40)
    area = models.ForeignKey(
        "schools.Area", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    school = models.ForeignKey(
        "schools.School", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    month = models.DateField(_("month"), null=True, blank=True)
    filters = models.JSONField(default=dict, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.WAITING)
    file = models.FileField(upload_to="reports/", blank=True)
    file_hash = models.CharField(_("fingerprint (SHA-256)"), max_length=64, blank=True)

    class Meta(BackgroundRun.Meta):
        verbose_name = _("report run")
        verbose_name_plural = _("report runs")

    def __str__(self) -> str:
        return " ".join([str(self.name), *([f"{self.month:%m/%Y}"] if self.month else [])])

    @property
    def type(self) -> report_types.ReportType | None:
        """Its `ReportType`; None of one that is made no more."""
        return report_types.find(self.kind)

    @property
    def name(self) -> StrOrPromise:
        """What the report is called."""
        return self.type.name if self.type is not None else self.kind

    @property
    def subject(self) -> str:
        """Of which area or school and month it is; the name of one that is of none."""
        area = [self.area.title] if self.area is not None else []
        area += [self.school.name] if self.school is not None else []
        month = [Month.of(self.month).label] if self.month is not None else []
        return " · ".join([*area, *month]) or str(self.name)

    @property
    def title(self) -> str:
        """Name, area and month."""
        name = str(self.name)
        return name if self.subject == name else f"{name} · {self.subject}"

    @property
    def stored_names(self) -> list[str]:
        return [self.file.name or ""]
