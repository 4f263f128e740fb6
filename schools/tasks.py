"""Background work of the ground floor."""

from celery import shared_task

from . import jobs
from .services import imports


@shared_task(name="schools.check_import")
def check_import(*, batch_id):
    """Make the preview of an uploaded workbook."""
    imports.check_batch(batch_id)


@shared_task(name="schools.save_import")
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
