"""Background work on the records of jobs and of forms sent twice.

The names are those under which the timetable and the queues of running servers know them.
"""

from celery import current_app, shared_task

from . import jobs
from .digests.tasks import make_digests, remove_old_digests, tend_digests
from .jobs import job_task, records
from .notifications.tasks import (
    remove_old_notifications,
    send_notifications,
    tend_notifications,
)
from .services import operations, pending_uploads

__all__ = [
    "make_digests",
    "remove_expired_uploads",
    "remove_old_digests",
    "remove_old_job_rows",
    "remove_old_notifications",
    "remove_old_operations",
    "send_notifications",
    "tend_digests",
    "tend_jobs",
    "tend_notifications",
]


@shared_task(name="schools.tend_jobs")
def tend_jobs() -> dict[str, int]:
    """Try failed jobs again, and find those that died; on the timetable.

    Its own record is the pulse by which the health pages know that timetable and workers
    are alive. Returns how many of each.
    """
    lost = records.take_lost()
    for name, kwargs in lost:
        job_task.count_loss(name, kwargs)
    due = records.take_due(known_names=list(current_app.tasks))
    for name, kwargs in due:
        # Apart, what failed once may take the process with it.
        jobs.enqueue(current_app.tasks[name], slow=True, **kwargs)
    return {"died": len(lost), "tried_again": len(due)}


@shared_task(name="schools.remove_old_job_rows")
def remove_old_job_rows() -> dict[str, int]:
    """Delete failures settled long ago; on the timetable."""
    return {"rows": records.remove_old(known_names=list(current_app.tasks))}


@shared_task(name="schools.remove_old_operations")
def remove_old_operations() -> dict[str, int]:
    """Delete operations older than the rule says; on the timetable."""
    return {"rows": operations.remove_old()}


@shared_task(name="core.remove_expired_uploads")
def remove_expired_uploads() -> dict[str, int]:
    """Delete uploads that nobody confirmed in time; on the timetable."""
    return {"rows": pending_uploads.remove_expired()}
