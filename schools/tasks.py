"""Background work on imports and on records of pupils."""

from celery import shared_task

from core import jobs

from .personal_data.services import anonymising, trail
from .pupil_export import services as exports
from .pupil_import import services as imports

# Seconds for reading and comparing one workbook: the largest of many schools takes two minutes
# on two busy cores.
CHECK_LIMIT = 360


def _check_died(*, batch_id: str, given_up: bool) -> None:
    imports.check_died(batch_id, given_up=given_up)


def _save_died(*, batch_id: str, given_up: bool) -> None:
    imports.save_died(batch_id, given_up=given_up)


@shared_task(  # type: ignore[call-overload]  # `lost` is of our own class of tasks
    name="schools.check_import",
    time_limit=CHECK_LIMIT,
    soft_time_limit=CHECK_LIMIT - 5,
    lost=staticmethod(_check_died),
)
def check_import(*, batch_id: str) -> None:
    """Make the preview of an uploaded workbook."""
    imports.check_batch(batch_id)


@shared_task(  # type: ignore[call-overload]  # as above
    name="schools.save_import", lost=staticmethod(_save_died)
)
def save_import(*, batch_id: str) -> None:
    """Save a workbook whose preview was confirmed."""
    imports.save_batch(batch_id)


def _export_died(*, run_id: str, given_up: bool) -> None:
    exports.died(run_id=run_id, given_up=given_up)


@shared_task(  # type: ignore[call-overload]  # as above
    name="schools.export_pupils", lost=staticmethod(_export_died)
)
def export_pupils(*, run_id: str) -> None:
    """Write a pupil list that somebody asked for."""
    exports.make(run_id=run_id)


@shared_task(name="schools.revive_imports")
def revive_imports() -> None:
    """Check again, and write again, what a lost job left lying; on the timetable."""
    for batch_id in imports.revive_stuck():
        jobs.enqueue(check_import, slow=True, batch_id=str(batch_id))
    for run_id in exports.revive():
        jobs.enqueue(export_pupils, slow=True, run_id=str(run_id))


@shared_task(name="schools.remove_expired_imports")
def remove_expired_imports() -> None:
    """Delete workbooks that were saved, or not saved in time, and lists kept for a day; on the
    timetable."""
    imports.remove_expired()
    exports.remove_expired()


@shared_task(name="schools.remove_old_trail")
def remove_old_trail() -> dict[str, int]:
    """Forget who saw names long ago; on the timetable."""
    return {"rows": trail.remove_old()}


@shared_task(name="schools.anonymise_pupils")
def anonymise_pupils() -> dict[str, int]:
    """Make records anonymous that are due, or count them; on the timetable."""
    run = anonymising.anonymise_by_clock()
    return {"due": len(run.due), "anonymised": run.done}
