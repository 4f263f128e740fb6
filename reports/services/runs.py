"""Making report files: ask for one, make it in a job, keep it for a while."""

import datetime
import hashlib
import logging
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from core import rules
from core.events import Kind, record
from core.months import Month
from core.services.saving import one_at_a_time
from core.types import User
from schools.models import Area

from .. import events, thresholds
from ..exports import monthly
from ..models import ReportRun
from ..selectors.monthly import MonthlyTables, monthly_tables

logger = logging.getLogger(__name__)
PROGRESS_EVERY = 50
STUCK_AFTER = datetime.timedelta(minutes=20)
# Reports of one person that wait or are being made.
MOST_WAITING = 5


@transaction.atomic
def request_report(*, area: Area, month: Month, filters: Mapping[str, str], by: User) -> ReportRun:
    """Note that a report is wanted; the caller enqueues the job with the run's id.

    Returns the run of this person that waits or is being made for the same, if there is one.
    Raises ValidationError when the month lies in the future, or `MOST_WAITING` others wait.
    """
    if month > Month.current():
        raise ValidationError(
            gettext_lazy("This month has not begun. Choose an earlier one."), code="future_month"
        )
    run = ReportRun(area=area, month=month.first, filters=filters, made_by=by)
    run.full_clean(exclude=["file"])
    one_at_a_time(by)
    waiting = ReportRun.objects.filter(
        made_by=by, state__in=[ReportRun.State.WAITING, ReportRun.State.RUNNING]
    )
    same = waiting.filter(kind=run.kind, area=area, month=run.month, filters=filters).first()
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


def note_fetched(*, run: ReportRun, by: User) -> None:
    """Write down that somebody takes the file of a run with them."""
    _tell(events.REPORT_FETCHED, run, by)


def make_report(*, run_id: str | UUID) -> ReportRun | None:
    """Make the file of a waiting run; safe to call twice, the second call does nothing.

    Returns the run, or None when another worker has it. A fault is kept as a sentence and
    the run can be asked for again; no half-written file is ever listed.
    """
    now = timezone.now()
    # FAILED too: the operator may have its job started again.
    claimed = ReportRun.objects.filter(
        pk=run_id, state__in=[ReportRun.State.WAITING, ReportRun.State.FAILED]
    ).update(state=ReportRun.State.RUNNING, heartbeat_at=now, problem="", finished_at=None)
    if not claimed:
        return None
    run = ReportRun.objects.select_related("area", "made_by").get(pk=run_id)
    try:
        with override("vi"), tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "report.xlsx"
            _write(run, path)
            _keep(run, path)
    except Exception:
        logger.exception("report run %s failed", run_id)
        _fail(run_id)
    run.refresh_from_db()
    return run


def report_died(*, run_id: str | UUID, given_up: bool) -> None:
    """The process that made a report died: it waits again, or is given up."""
    if given_up:
        _fail(run_id)
    else:
        ReportRun.objects.filter(pk=run_id, state=ReportRun.State.RUNNING).update(
            state=ReportRun.State.WAITING
        )


def _fail(run_id: str | UUID) -> None:
    failed = (
        ReportRun.objects.filter(pk=run_id)
        .exclude(state=ReportRun.State.DONE)
        .update(
            state=ReportRun.State.FAILED,
            finished_at=timezone.now(),
            problem=_(
                "The report could not be made. Ask for it again; if it fails twice, tell "
                "the system administrator the number %(id)s."
            )
            % {"id": str(run_id)[:8]},
        )
    )
    if failed:
        run = ReportRun.objects.select_related("area", "made_by").get(pk=run_id)
        _tell(events.REPORT_FAILED, run, run.made_by)


def restart_stuck_runs() -> list[UUID]:
    """Put runs whose worker died back in the queue; returns their ids."""
    border = timezone.now() - STUCK_AFTER
    stuck = list(
        ReportRun.objects.filter(
            state=ReportRun.State.RUNNING, heartbeat_at__lt=border
        ).values_list("pk", flat=True)
    )
    lost = list(
        ReportRun.objects.filter(state=ReportRun.State.WAITING, made_at__lt=border).values_list(
            "pk", flat=True
        )
    )
    ReportRun.objects.filter(pk__in=stuck).update(state=ReportRun.State.WAITING)
    return stuck + lost


def remove_expired_runs() -> int:
    """Delete the files of runs past their end; the rows stay as a record. Returns how many."""
    removed = 0
    for run in ReportRun.objects.filter(expires_at__lte=timezone.now()).exclude(file=""):
        run.file.delete(save=False)
        ReportRun.objects.filter(pk=run.pk).update(file="")
        removed += 1
    return removed


def export_monthly(*, area: Area, month: Month, path: str | Path, by_name: str = "") -> int:
    """Write the monthly report of an area straight to a path: what the command does.

    Returns the number of rows. The figures are those of the dashboards.
    """
    tables = monthly_tables(area=area, month=month)
    return _write_tables(tables, path, by_name=by_name, on_row=None)


def _write(run: ReportRun, path: Path) -> None:
    tables = monthly_tables(area=run.area, month=Month.of(run.month))
    total = len(tables.communes) + len(tables.schools)
    ReportRun.objects.filter(pk=run.pk).update(rows_total=total)

    def on_row(written: int) -> None:
        if written % PROGRESS_EVERY == 0 or written == total:
            ReportRun.objects.filter(pk=run.pk).update(
                rows_done=written, heartbeat_at=timezone.now()
            )

    _write_tables(tables, path, by_name=str(run.made_by or ""), on_row=on_row)


def _write_tables(
    tables: MonthlyTables, path: str | Path, *, by_name: str, on_row: Callable[[int], None] | None
) -> int:
    commune = monthly.Column("commune", _("Commune"), monthly.TEXT, 22)
    school = monthly.Column("school", _("School"), monthly.TEXT, 34)
    sheets = [
        monthly.Sheet(_("By commune"), monthly.columns([commune]), tables.communes),
        monthly.Sheet(_("By school"), monthly.columns([commune, school]), tables.schools),
    ]
    about = [
        *tables.about,
        (_("Made by"), by_name or "—"),
        (_("Made at"), timezone.localtime().strftime("%H:%M %d/%m/%Y")),
    ]
    return monthly.write(
        os.fspath(path), title=tables.title, about=about, sheets=sheets, on_row=on_row
    )


def _keep(run: ReportRun, path: Path) -> None:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    days = rules.value(thresholds.FILE_DAYS, on=timezone.localdate())
    with path.open("rb") as opened:
        run.file.save(f"{run.pk}.xlsx", File(opened), save=False)
    now = timezone.now()
    ReportRun.objects.filter(pk=run.pk).update(
        state=ReportRun.State.DONE,
        file=run.file.name,
        file_hash=digest,
        finished_at=now,
        expires_at=now + datetime.timedelta(days=int(days)),
    )
    _tell(events.REPORT_MADE, run, run.made_by, changes={"file_hash": (None, digest)})


def _tell(kind: Kind, run: ReportRun, by: User | None, **more: Any) -> None:
    name = f"{run.month:%m/%Y} · {run.area.title}"
    record(kind, by=by, about=run, name=name, area=run.area_id, **more)
