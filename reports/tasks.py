"""Jobs of the figures: thin, safe to run twice, named for the timetable.

Arguments are plain values, `month` is written "2026-10".
"""

import logging

from celery import shared_task
from django.db import InterfaceError, OperationalError

from core import jobs
from core.months import Month

from .services import daily_rollover, facts, flags, runs

logger = logging.getLogger(__name__)


@shared_task(name="reports.rebuild_school_month", frequent=True)  # type: ignore[call-overload]  # of core.jobs
def rebuild_school_month(*, school_id: int, month: str) -> None:
    """Rebuild the stale class-months of one school."""
    facts.rebuild_stale(school_ids=[school_id], month=Month.parse(month))


@shared_task(name="reports.rebuild_chunk", frequent=True)  # type: ignore[call-overload]  # of core.jobs
def rebuild_chunk(*, school_ids: list[int], month: str) -> None:
    """Rebuild the stale class-months of some schools.

    When one of them cannot be counted, each gets a job of its own, so that only that one
    fails and the others are counted.
    """
    try:
        facts.rebuild_stale(school_ids=school_ids, month=Month.parse(month))
    except (OperationalError, InterfaceError):
        # The database is gone: no school's fault, and the sweep comes again.
        raise
    except Exception:
        logger.exception("schools %s of %s are counted one by one", school_ids, month)
        for school_id in school_ids:
            jobs.enqueue(rebuild_school_month, school_id=school_id, month=month)


@shared_task(name="reports.sweep_stale_months")
def sweep_stale_months() -> dict[str, int]:
    """Find every class-month that waits, also those whose job was never sent.

    One job per chunk of schools and month: a fault in one leaves the others alone. Returns
    how many were asked for.
    """
    chunks = facts.stale_chunks()
    for school_ids, month in chunks:
        if len(school_ids) == 1:
            # By its own name: one that failed too often is known and left to rest.
            jobs.enqueue(rebuild_school_month, slow=True, school_id=school_ids[0], month=str(month))
        else:
            jobs.enqueue(rebuild_chunk, slow=True, school_ids=school_ids, month=str(month))
    return {"chunks": len(chunks), "schools": sum(len(ids) for ids, _month in chunks)}


@shared_task(name="reports.open_new_day")
def open_new_day() -> dict[str, int]:
    """Move the coverage of the running month on with the calendar."""
    marked = daily_rollover.open_new_day()
    if marked:
        jobs.enqueue(sweep_stale_months)
    return {"class_months": marked}


@shared_task(name="reports.raise_flags")
def raise_flags() -> dict[str, dict[str, int]]:
    """Judge the running month and the one before it, whose late registers still come in."""
    current = Month.current()
    return {str(month): flags.raise_flags(month=month) for month in (current.plus(-1), current)}


@shared_task(name="reports.remove_expired_runs")
def remove_expired_runs() -> dict[str, int]:
    """Delete report files past their end."""
    return {"files": runs.remove_expired_runs()}


@shared_task(name="reports.make_report", lost=staticmethod(runs.report_died))  # type: ignore[call-overload]  # of core.jobs
def make_report(*, run_id: str) -> None:
    """Make the file of a waiting report."""
    runs.make_report(run_id)


@shared_task(name="reports.restart_stuck_runs")
def restart_stuck_runs() -> dict[str, int]:
    """Start again the reports whose job was lost."""
    waiting = runs.restart_stuck_runs()
    for run_id in waiting:
        jobs.enqueue(make_report, slow=True, run_id=str(run_id))
    return {"runs": len(waiting)}
