"""How the figures' work stands: for the system administrator, without any place or name."""

from dataclasses import dataclass

from django.db.models import Max, Min

from ..models import ClassCoverage, ReportRun, StaleMonth


@dataclass(frozen=True)
class WaitingWork:
    """Work that waits or failed."""

    stale_months: int
    oldest_stale: object
    last_rebuild: object
    reports_waiting: int
    reports_failed: int


def waiting_work():
    """Numbers over the whole installation; four queries."""
    return WaitingWork(
        stale_months=StaleMonth.objects.count(),
        oldest_stale=StaleMonth.objects.aggregate(at=Min("marked_at"))["at"],
        last_rebuild=ClassCoverage.objects.aggregate(at=Max("rebuilt_at"))["at"],
        reports_waiting=ReportRun.objects.filter(
            state__in=[ReportRun.State.WAITING, ReportRun.State.RUNNING]
        ).count(),
        reports_failed=ReportRun.objects.filter(state=ReportRun.State.FAILED).count(),
    )
