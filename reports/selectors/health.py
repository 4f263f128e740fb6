"""How the figures' work stands: for the system administrator, without any place or name."""

import datetime
from dataclasses import dataclass

from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from core.models.background_runs import FAILED
from schools.models import ImportBatch

from ..models import ClassCoverage, ReportRun, StaleMonth

# Nobody clears a failed report away; what is older was seen or given up.
FAULTS_OF = datetime.timedelta(days=7)


@dataclass(frozen=True)
class WaitingWork:
    """Work that waits, or failed during the last `FAULTS_OF`."""

    stale_months: int
    oldest_stale: datetime.datetime | None
    last_rebuild: datetime.datetime | None
    reports_waiting: int
    reports_failed: int
    imports_waiting: int
    imports_failed: int


def waiting_work() -> WaitingWork:
    """Numbers over the whole installation; four queries."""
    lately = Q(made_at__gt=timezone.now() - FAULTS_OF)
    stale = StaleMonth.objects.aggregate(count=Count("pk"), oldest=Min("marked_at"))
    reports = ReportRun.objects.aggregate(
        waiting=Count("pk", filter=Q(state__in=list(ReportRun.PHASES))),
        failed=Count("pk", filter=lately & Q(state=FAILED)),
    )
    imports = ImportBatch.objects.aggregate(
        waiting=Count("pk", filter=Q(state__in=list(ImportBatch.PHASES))),
        failed=Count("pk", filter=lately & Q(state=FAILED)),
    )
    return WaitingWork(
        stale_months=stale["count"],
        oldest_stale=stale["oldest"],
        last_rebuild=ClassCoverage.objects.aggregate(at=Max("rebuilt_at"))["at"],
        reports_waiting=reports["waiting"],
        reports_failed=reports["failed"],
        imports_waiting=imports["waiting"],
        imports_failed=imports["failed"],
    )
