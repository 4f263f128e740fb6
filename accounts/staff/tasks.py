"""Background work on staff lists."""

from celery import shared_task

from core import jobs

from .services import imports

# Seconds for reading and comparing one list.
CHECK_LIMIT = 120


def _check_died(*, run_id: str, given_up: bool) -> None:
    imports.check_died(run_id, given_up=given_up)


def _save_died(*, run_id: str, given_up: bool) -> None:
    imports.save_died(run_id, given_up=given_up)


@shared_task(  # type: ignore[call-overload]  # `lost` is an option of our own task class
    name="accounts.check_staff_import",
    time_limit=CHECK_LIMIT,
    soft_time_limit=CHECK_LIMIT - 5,
    lost=staticmethod(_check_died),
)
def check_staff_import(*, run_id: str) -> None:
    """Make the preview of an uploaded staff list."""
    imports.check_list(run_id)


@shared_task(  # type: ignore[call-overload]  # as above
    name="accounts.save_staff_import", lost=staticmethod(_save_died)
)
def save_staff_import(*, run_id: str) -> None:
    """Save a staff list whose preview was confirmed."""
    imports.save_list(run_id)


@shared_task(name="accounts.tend_staff_imports")
def tend_staff_imports() -> dict[str, int]:
    """Check again what a lost job left lying, and delete old files; on the timetable."""
    for run_id in imports.revive_stuck():
        jobs.enqueue(check_staff_import, slow=True, run_id=str(run_id))
    return {"expired": imports.remove_expired()}
