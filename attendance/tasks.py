"""Jobs of attendance: thin, safe to run twice, named for the timetable."""

from celery import shared_task

from core import jobs

from .leave import services as leaves
from .month_workbook import services as month_workbooks
from .reminders import services as reminders

# Seconds for reading one month workbook: the largest accepted takes a few on two cores.
READ_LIMIT = 60


@shared_task(name="attendance.remind_missing")
def remind_missing() -> dict[str, int]:
    """Write the e-mails due at this hour; on the timetable."""
    return {"written": reminders.write_late_mails()}


@shared_task(name="attendance.settle_reminders")
def settle_reminders() -> dict[str, int]:
    """Note how reminders ended; on the timetable."""
    return {"ended": reminders.settle_reminders()}


@shared_task(name="attendance.remove_old_letters")
def remove_old_letters() -> dict[str, int]:
    """Delete letters of leave past their time; on the timetable."""
    return {"files": leaves.remove_old_letters()}


@shared_task(  # type: ignore[call-overload]  # `lost` is of our own class of tasks
    name="attendance.read_workbook",
    time_limit=READ_LIMIT,
    soft_time_limit=READ_LIMIT - 5,
    lost=staticmethod(month_workbooks.read_died),
)
def read_workbook(*, batch_id: str) -> None:
    """Make the preview of an uploaded month workbook."""
    month_workbooks.read_batch(batch_id)


@shared_task(name="attendance.revive_workbooks")
def revive_workbooks() -> dict[str, int]:
    """Read again what a lost job left lying; on the timetable."""
    stuck = month_workbooks.revive_stuck()
    for batch_id in stuck:
        jobs.enqueue(read_workbook, slow=True, batch_id=str(batch_id))
    return {"workbooks": len(stuck)}


@shared_task(name="attendance.remove_expired_workbooks")
def remove_expired_workbooks() -> dict[str, int]:
    """Forget month workbooks that were not saved in time; on the timetable."""
    return {"workbooks": month_workbooks.remove_expired()}
