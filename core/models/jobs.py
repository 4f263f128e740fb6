"""What became of the background work: the last run of each task, runs that have begun, and
jobs that failed."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


class JobRecord(models.Model):
    """One row per task: when it last started, ended and failed, and what it answered."""

    name = models.CharField(max_length=100, primary_key=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    duration_ms = models.PositiveIntegerField(null=True)
    answer = models.JSONField(default=dict)
    # The day whose run of a daily job was begun; a second timetable finds it taken.
    claimed_on = models.DateField(null=True)

    class Meta:
        db_table = "schools_jobrecord"
        verbose_name = _("last run of a job")
        verbose_name_plural = _("last runs of jobs")

    def __str__(self) -> str:
        return self.name


class JobAttempt(models.Model):
    """One run of a job that has begun and not ended. Written before the work begins, deleted
    at its end: a row past its deadline is a run that died with its process."""

    # The id of the Celery message: the same when the broker hands a message out again.
    id = models.CharField(max_length=255, primary_key=True)
    task = models.CharField(max_length=100)
    kwargs = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    # The time limit of the job and a margin later: nothing that is alive is older.
    deadline_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "schools_jobattempt"
        verbose_name = _("running job")
        verbose_name_plural = _("running jobs")

    def __str__(self) -> str:
        return f"{self.task} {self.kwargs}"


class FailedJob(models.Model):
    """A job that ended with a fault: tried again while `next_try_at` is set, then left to
    the operator. Open until `settled_at`; at most one open row per task and arguments."""

    class Outcome(models.TextChoices):
        SUCCEEDED = "succeeded", _("Done at a later try")
        DISMISSED = "dismissed", _("Set aside")

    # What `error` says of a run that ended without a word.
    DIED = "ProcessDied"

    task = models.CharField(max_length=100)
    kwargs = models.JSONField(default=dict)
    kwargs_hash = models.CharField(max_length=64)
    error = models.TextField()
    tries = models.PositiveSmallIntegerField(default=1)
    first_failed_at = models.DateTimeField(auto_now_add=True)
    failed_at = models.DateTimeField()
    next_try_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True)

    class Meta:
        db_table = "schools_failedjob"
        verbose_name = _("failed job")
        verbose_name_plural = _("failed jobs")
        constraints = [
            models.UniqueConstraint(
                fields=["task", "kwargs_hash"],
                condition=Q(settled_at=None),
                name="one_open_failure_per_job",
            ),
        ]
        indexes = [models.Index(fields=["settled_at"], name="failed_job_settled")]

    def __str__(self) -> str:
        return f"{self.task} {self.kwargs}"

    @property
    def reason(self) -> str:
        """`error` for a reader: a run that died cannot say of what."""
        if self.error != self.DIED:
            return self.error
        return ngettext(
            "Its process died or ran out of time or memory (%(tries)s time).",
            "Its process died or ran out of time or memory (%(tries)s times).",
            self.tries,
        ) % {"tries": self.tries}
