"""Background work of attendance."""

from celery import shared_task

from .services import month_workbooks


@shared_task(name="attendance.remove_expired_workbooks")
def remove_expired_workbooks():
    """Forget month workbooks that were not saved in time; on the timetable."""
    return {"workbooks": month_workbooks.remove_expired()}
