"""Jobs of the notifications; `core.tasks` names them for the workers."""

from celery import shared_task

from .. import jobs
from . import records, sending


@shared_task(name="core.send_notifications")
def send_notifications() -> dict[str, int]:
    """Make the deliveries that are due."""
    return sending.send_waiting()


@shared_task(name="core.tend_notifications")
def tend_notifications() -> dict[str, int]:
    """End what has expired, and have sent what is due again; on the timetable."""
    expired = sending.end_expired()
    if sending.is_anything_due():
        jobs.enqueue(send_notifications, slow=True)
    return {"expired": expired}


@shared_task(name="core.remove_old_notifications")
def remove_old_notifications() -> dict[str, int]:
    """Delete notifications older than the rule says; on the timetable."""
    return {"rows": records.remove_old()}
