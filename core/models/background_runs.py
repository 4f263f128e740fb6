"""Work that somebody asks for and waits for, done by a job: what every kind of it has in common.

A state is one of the model's own `State`. Where a job is at work, or about to be, the model
declares a `Phase`; elsewhere the run waits for a person, or is over.
"""

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.conf import settings
from django.core import checks
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..types import Arguments
from ..wordings import Wording, Words, in_words

# States by which `core.services.background_runs` ends a run, whatever else its model has.
DONE, FAILED, CANCELLED, EXPIRED = "done", "failed", "cancelled", "expired"
# A fault of the program, or a process that died too often.
CRASHED = "crashed"
# A text of an older version that stored sentences; params {"text": …}.
OTHER = "other"
WORDINGS = {
    CRASHED: Wording(_("The work stopped because of a fault of ours. Nothing was saved.")),
    OTHER: Wording("%(text)s"),
}


@dataclass(frozen=True)
class Phase:
    """A state in which a job works on a run, or is about to.

    Attributes:
        task: name of the job.
        silent_for: a run of which nothing was heard for longer has lost its job.
        again: the state in which it then waits for the next one; "" for the same.
        can_cancel: whether a person may stop it there.
    """

    task: str
    silent_for: datetime.timedelta
    again: str = ""
    can_cancel: bool = True


class BackgroundRun(models.Model):
    """One run of long work: who asked, how far it is, what went wrong, until when it is kept.

    A subclass gives `state` its choices, among them `done`, `failed` and `cancelled`, and says
    in `PHASES` which job works in which of them. States change by the conditional updates of
    `core.services.background_runs`, so that a job run twice, or one that comes back from the
    dead, changes nothing. How often a job was tried is known to `core.jobs.records` alone.
    """

    PHASES: ClassVar[Mapping[str, Phase]] = {}
    # Words of its problems, beside those that every run may have.
    WORDINGS: ClassVar[Mapping[str, Wording]] = {}
    # The argument by which its jobs are given the id of the run.
    JOB_ARGUMENT: ClassVar[str] = "run_id"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(_("state"), max_length=12)
    # When a job took the run; empty while it waits for one and once no job has it any more.
    claimed_at = models.DateTimeField(_("taken by a job at"), null=True, blank=True)
    # A job that is alive moves this on; sweep and page know a dead one by it.
    heartbeat_at = models.DateTimeField(default=timezone.now)
    rows_done = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(default=0)
    problem_code = models.CharField(_("code of the problem"), max_length=40, blank=True)
    problem_params = models.JSONField(_("details of the problem"), default=dict, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        ordering = ["-made_at"]

    @classmethod
    def check(cls, **kwargs: Any) -> list[checks.CheckMessage]:
        """Django's check of a model, and that it has the states in which services leave it."""
        found = super().check(**kwargs)
        field = cls._meta.get_field("state")
        assert isinstance(field, models.CharField)
        known = {value for value, _label in field.flatchoices}
        needed = {DONE, FAILED, CANCELLED, *cls.PHASES}
        needed |= {phase.again for phase in cls.PHASES.values() if phase.again}
        if needed - known:
            message = f"lacks the states {', '.join(sorted(needed - known))}"
            found.append(checks.Error(message, obj=cls, id="core.E001"))
        return found

    @property
    def phase(self) -> Phase | None:
        """The `Phase` in which the run is; None when no job is needed."""
        return self.PHASES.get(self.state)

    @property
    def is_stuck(self) -> bool:
        """Whether a job should be at work, and nothing was heard of it for too long."""
        phase = self.phase
        return phase is not None and timezone.now() - self.heartbeat_at > phase.silent_for

    @property
    def is_working(self) -> bool:
        """Whether a job is at work or will be soon."""
        return self.phase is not None and not self.is_stuck

    @property
    def can_be_cancelled(self) -> bool:
        """Whether a person may stop it now."""
        return self.phase is not None and self.phase.can_cancel

    @property
    def job_arguments(self) -> Arguments:
        """The keyword arguments of its jobs."""
        return {self.JOB_ARGUMENT: str(self.pk)}

    @property
    def stored_names(self) -> list[str]:
        """Names in the storage of all that is kept of the run; "" for what is not."""
        return []

    @property
    def problem(self) -> Words | None:
        """What went wrong and what to do, in the reader's language; None when nothing did.

        Every wording may name %(id)s, by which the operator finds the run in the log.
        """
        if not self.problem_code:
            return None
        wordings = {**WORDINGS, **self.WORDINGS}
        # A version that is put back may not know the code of the newer one.
        code = self.problem_code if self.problem_code in wordings else CRASHED
        return in_words(wordings, code, {"id": str(self.pk)[:8], **self.problem_params})
