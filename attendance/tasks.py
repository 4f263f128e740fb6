"""Jobs of attendance."""

from celery import shared_task

from .services import leaves


@shared_task(name="attendance.remove_old_letters")
def remove_old_letters():
    """Delete letters of leave past their time; on the timetable."""
    return {"files": leaves.remove_old_letters()}
