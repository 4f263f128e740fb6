"""Background work of the ground floor."""

from celery import current_app, shared_task

from . import job_class, jobs
from .services import anonymising, imports, operations, trail
from .services import jobs as records

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


@shared_task(name="schools.tend_jobs")
def tend_jobs():
    """Try failed jobs again, and find those that died; on the timetable.

    Its own record is the pulse by which the health pages know that timetable and workers
    are alive. Returns how many of each.
    """
    lost = records.take_lost()
    for name, kwargs in lost:
        job_class.count_loss(name, kwargs)
    due = records.take_due(known_names=list(current_app.tasks))
    for name, kwargs in due:
        # Apart, what failed once may take the process with it.
        jobs.enqueue(current_app.tasks[name], slow=True, **kwargs)
    return {"died": len(lost), "tried_again": len(due)}


@shared_task(name="schools.remove_old_job_rows")
def remove_old_job_rows():
    """Delete failures settled long ago; on the timetable."""
    return {"rows": records.remove_old(known_names=list(current_app.tasks))}


@shared_task(name="schools.remove_old_operations")
def remove_old_operations():
    """Forget forms sent long ago; on the timetable."""
    return {"rows": operations.remove_old()}


@shared_task(name="schools.remove_old_trail")
def remove_old_trail():
    """Forget who saw names long ago; on the timetable."""
    return {"rows": trail.remove_old()}


@shared_task(name="schools.anonymise_pupils")
def anonymise_pupils():
    """Make records anonymous that are due, or count them; on the timetable."""
    run = anonymising.anonymise_by_clock()
    return {"due": len(run.due), "anonymised": run.done}
