"""Jobs of the digests; `core.tasks` names them for the workers."""

from celery import shared_task

from .. import jobs
from . import making, records


@shared_task(name="core.make_digests")
def make_digests() -> dict[str, int]:
    """Make the digests that are due."""
    return making.make_due()


@shared_task(name="core.tend_digests")
def tend_digests() -> dict[str, int]:
    """Have digests made that are due; on the timetable, some times each morning."""
    waiting = making.count_due()
    if waiting:
        jobs.enqueue(make_digests, slow=True)
    return {"waiting": waiting}


@shared_task(name="core.remove_old_digests")
def remove_old_digests() -> dict[str, int]:
    """Delete digests older than the rule says; on the timetable."""
    return {"rows": records.remove_old()}
