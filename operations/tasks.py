"""Background work of the whole installation."""

from celery import shared_task

from . import orphan_files


@shared_task(name="lai_chau_edu.remove_orphan_files")
def remove_orphan_files() -> dict[str, int]:
    """Delete files that no row names; on the timetable."""
    return {"files": orphan_files.remove_orphans()}
