"""Making report files: ask for one, make it in a job, keep it for a while."""

import datetime
import hashlib
import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy, override

from core import rules
from core.events import Kind, record
from core.months import Month
from core.services import background_runs
from core.services.saving import one_at_a_time
from core.types import User
from schools.models import Area

from .. import events, report_types, thresholds
from ..models import ReportRun
from ..report_types import ReportOrder, ReportType

logger = logging.getLogger(__name__)
# Reports of one person that wait or are being made.
MOST_WAITING = 5
State = ReportRun.State


@transaction.atomic
def request_report(
    *,
    kind: str,
    area: Area | None = None,
    month: Month | None = None,
    filters: Mapping[str, str],
    by: User,
) -> ReportRun:
    """Note that a report is wanted; the caller enqueues the job with the run's id.

    Args:
        kind: code of a `ReportType` that the caller may have made for the area.

    Returns the run of this person that waits or is being made for the same, if there is one.
    Raises ValidationError when the type needs an area or month and there is none, the month
    lies in the future, or `MOST_WAITING` others wait.
    """
    _check_order(kind, area, month)
    first = month.first if month is not None else None
    run = ReportRun(kind=kind, area=area, month=first, filters=filters, made_by=by)
    run.full_clean(exclude=["file"])
    one_at_a_time(by)
    waiting = ReportRun.objects.filter(made_by=by, state__in=list(ReportRun.PHASES))
    same = waiting.filter(kind=kind, area=area, month=first, filters=filters).first()
    if same is not None:
        return same
    if waiting.count() >= MOST_WAITING:
        raise ValidationError(
            gettext_lazy(
                "%(limit)s reports of yours are still being made. Wait until one of them is ready."
            )
            % {"limit": MOST_WAITING},
            code="too_many_waiting",
        )
    run.save()
    _tell(events.REPORT_ASKED, run, by)
    return run


@transaction.atomic
def cancel_report(*, run: ReportRun, by: User) -> bool:
    """Stop a report that waits or is being made; False when it is ready or over already."""
    if not background_runs.cancel(run):
        return False
    _tell(events.REPORT_CANCELLED, run, by)
    return True


def note_fetched(*, run: ReportRun, by: User) -> None:
    """Write down that somebody takes the file of a run with them."""
    _tell(events.REPORT_FETCHED, run, by)


def order_of(run: ReportRun) -> ReportOrder:
    """What a run is to make."""
    return ReportOrder(
        area=run.area,
        month=Month.of(run.month) if run.month is not None else None,
        filters=run.filters,
        by_name=str(run.made_by or ""),
    )


def make_report(*, run_id: str | UUID) -> ReportRun | None:
    """Make the file of a waiting run; safe to call twice, the second call does nothing.

    Returns the run, or None when another worker has it. A fault is kept with the run, which
    can be asked for again; no half-written file is ever listed.
    """
    run = background_runs.claim(
        ReportRun.objects.select_related("area", "made_by"),
        run_id,
        states={State.WAITING},
        into=State.RUNNING,
    )
    if run is None:
        return None
    try:
        with background_runs.at_work(run, on_failure=_tell_failure):
            _make(run)
    except Exception:
        logger.exception("report run %s failed", run_id)
    run.refresh_from_db()
    return run


def report_died(*, run_id: str | UUID, given_up: bool) -> None:
    """The process that made a report died: it waits again, or is given up."""
    background_runs.lost(ReportRun, run_id, given_up=given_up, on_failure=_tell_failure)


def restart_stuck_runs() -> list[UUID]:
    """Put runs whose worker died back in the queue; returns their ids."""
    return [run.pk for run in background_runs.revive(ReportRun, on_failure=_tell_failure)]


def remove_expired_runs() -> int:
    """Delete the files of runs past their end; the rows stay as a record. Returns how many."""
    expired = list(background_runs.past_their_end(ReportRun).exclude(file=""))
    for run in expired:
        background_runs.forget_files(run)
    return len(expired)


def export_report(
    *, kind: str, area: Area | None = None, month: Month | None = None, path: Path
) -> int:
    """Write a report straight to a path: what the command does.

    Returns the number of rows. The figures are those of the pages. Raises ValidationError as
    `request_report`.
    """
    report_type = _check_order(kind, area, month)
    return report_type.render(ReportOrder(area=area, month=month), path, lambda done, total: None)


def _check_order(kind: str, area: Area | None, month: Month | None) -> ReportType:
    report_type = report_types.find(kind)
    if report_type is None:
        raise ValidationError(gettext_lazy("There is no such report."), code="unknown_report")
    if report_type.needs_area and area is None:
        raise ValidationError({"area": gettext_lazy("This report needs an area.")})
    if report_type.needs_month and month is None:
        raise ValidationError({"month": gettext_lazy("This report needs a month.")})
    if month is not None and month > Month.current():
        raise ValidationError(
            gettext_lazy("This month has not begun. Choose an earlier one."), code="future_month"
        )
    return report_type


def _make(run: ReportRun) -> None:
    report_type = run.type
    if report_type is None:
        raise LookupError(f"no report is called {run.kind!r}")

    def progress(done: int, total: int) -> None:
        background_runs.beat(run, done=done, total=total)

    with override("vi"), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"report.{report_type.extension}"
        report_type.render(order_of(run), path, progress)
        _keep(run, path)


def _keep(run: ReportRun, path: Path) -> None:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    days = rules.value(thresholds.FILE_DAYS, on=timezone.localdate())
    with path.open("rb") as opened:
        run.file.save(f"{run.pk}{path.suffix}", File(opened), save=False)
    try:
        with transaction.atomic():
            background_runs.finish(
                run,
                State.DONE,
                file=run.file.name,
                file_hash=digest,
                expires_at=timezone.now() + datetime.timedelta(days=int(days)),
            )
            _tell(events.REPORT_MADE, run, run.made_by, changes={"file_hash": (None, digest)})
    except Exception:
        run.file.delete(save=False)
        raise


def _tell_failure(run: ReportRun) -> None:
    _tell(events.REPORT_FAILED, run, run.made_by)


def _tell(kind: Kind, run: ReportRun, by: User | None, **more: Any) -> None:
    record(kind, by=by, about=run, name=run.subject, area=run.area_id, **more)
