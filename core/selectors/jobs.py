"""How the background work stands; see `core.models.jobs`."""

import datetime

from django.db.models import Max

from ..models import FailedJob, JobRecord


def job_records() -> dict[str, JobRecord]:
    """The last run of each task, as {name: `JobRecord`}; one query."""
    return {record.name: record for record in JobRecord.objects.all()}


def open_failures() -> list[FailedJob]:
    """Failed jobs that nobody has settled, the newest first; at most 200."""
    return list(FailedJob.objects.filter(settled_at=None).order_by("-failed_at", "-pk")[:200])


def latest_moment() -> datetime.datetime | None:
    """When a job last began, by the clock of then; None when none ever did."""
    return JobRecord.objects.aggregate(at=Max("started_at"))["at"]
