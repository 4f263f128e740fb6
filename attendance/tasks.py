"""Jobs of attendance: thin, safe to run twice, named for the timetable."""

from celery import shared_task

from core import jobs

from .services import leaves, month_workbooks, reminder_delivery, reminders

# Seconds for reading one month workbook: the largest accepted takes a few on two cores.
READ_LIMIT = 60


@shared_task(name="attendance.remind_missing")
def remind_missing():
    """Write the letters due at this hour, and have those that wait sent; on the timetable."""
    written = reminders.write_late_mails()
    jobs.enqueue(send_reminders, slow=True)
    return {"written": written}


@shared_task(name="attendance.send_reminders")
def send_reminders():
    """Send the letters that wait."""
    return reminder_delivery.send_waiting()


@shared_task(name="attendance.settle_reminders")
def settle_reminders():
    """Note how reminders ended; on the timetable."""
    return {"ended": reminders.settle_reminders()}


@shared_task(name="attendance.remove_old_letters")
def remove_old_letters():
    """Delete letters of leave past their time; on the timetable."""
    return {"files": leaves.remove_old_letters()}


@shared_task(
    name="attendance.read_workbook",
    time_limit=READ_LIMIT,
    soft_time_limit=READ_LIMIT - 5,
    lost=staticmethod(month_workbooks.read_died),
)
def read_workbook(*, batch_id):
    """Make the preview of an uploaded month workbook."""
    month_workbooks.read_batch(batch_id)


@shared_task(name="attendance.revive_workbooks")
def revive_workbooks():
    """Read again what a lost job left lying; on the timetable."""
    stuck = month_workbooks.revive_stuck()
    for batch_id in stuck:
        jobs.enqueue(read_workbook, slow=True, batch_id=str(batch_id))
    return {"workbooks": len(stuck)}


@shared_task(name="attendance.remove_expired_workbooks")
def remove_expired_workbooks():
    """Forget month workbooks that were not saved in time; on the timetable."""
    return {"workbooks": month_workbooks.remove_expired()}
