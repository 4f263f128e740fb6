"""Background work on imports and on records of pupils."""

from celery import shared_task

from core import jobs

from .services import anonymising, imports, trail

# Seconds for reading and comparing one workbook: the largest accepted takes twenty on two cores.
CHECK_LIMIT = 120


@shared_task(
    name="schools.check_import",
    time_limit=CHECK_LIMIT,
    soft_time_limit=CHECK_LIMIT - 5,
    lost=staticmethod(imports.check_died),
)
def check_import(*, batch_id):
    """Make the preview of an uploaded workbook."""
    imports.check_batch(batch_id)


@shared_task(name="schools.save_import", lost=staticmethod(imports.save_died))
def save_import(*, batch_id):
    """Save a workbook whose preview was confirmed."""
    imports.save_batch(batch_id)


@shared_task(name="schools.revive_imports")
def revive_imports():
    """Check again what a lost job left lying; on the timetable."""
    for batch_id in imports.revive_stuck():
        jobs.enqueue(check_import, slow=True, batch_id=str(batch_id))


@shared_task(name="schools.remove_expired_imports")
def remove_expired_imports():
    """Delete workbooks that were saved, or not saved in time; on the timetable."""
    imports.remove_expired()


@shared_task(name="schools.remove_old_trail")
def remove_old_trail():
    """Forget who saw names long ago; on the timetable."""
    return {"rows": trail.remove_old()}


@shared_task(name="schools.anonymise_pupils")
def anonymise_pupils():
    """Make records anonymous that are due, or count them; on the timetable."""
    run = anonymising.anonymise_by_clock()
    return {"due": len(run.due), "anonymised": run.done}
