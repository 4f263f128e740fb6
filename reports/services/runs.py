"""Making report files: ask for one, make it in a job, keep it for a while."""

import datetime
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy

from core import rules
from core.months import Month
from core.services import background_runs
from core.services.background_runs import Unmakeable
from core.services.file_runs import FileRuns, Written
from core.types import User
from schools.models import Area, School

from .. import events, report_types, thresholds
from ..models import ReportRun
from ..models.runs import ALTERED
from ..month_review.details import DetailAltered
from ..report_types import ReportOrder, ReportType


class ReportRuns(FileRuns[ReportRun]):
    """Report files, kept for as many days as the rule says."""

    MODEL = ReportRun
    RELATED = ("area", "school")
    MOST_WAITING = 5
    TOO_MANY = gettext_lazy(
        "%(limit)s reports of yours are still being made. Wait until one of them is ready."
    )
    ASKED = events.REPORT_ASKED
    MADE = events.REPORT_MADE
    FAILED = events.REPORT_FAILED
    CANCELLED = events.REPORT_CANCELLED
    FETCHED = events.REPORT_FETCHED

    def write(self, run: ReportRun, folder: Path) -> Written:
        report_type = run.type
        if report_type is None:
            raise LookupError(f"no report is called {run.kind!r}")

        def progress(done: int, total: int) -> None:
            background_runs.beat(run, done=done, total=total)

        path = folder / f"report.{report_type.extension}"
        try:
            report_type.render(order_of(run), path, progress)
        except DetailAltered as error:
            raise Unmakeable(ALTERED, {"code": error.publication.code}) from error
        digest = {"file_hash": hashlib.sha256(path.read_bytes()).hexdigest()}
        days = int(rules.value(thresholds.FILE_DAYS, on=timezone.localdate()))
        return Written(path, datetime.timedelta(days=days), columns=digest, told=digest)

    def name_of(self, run: ReportRun) -> str:
        return run.subject

    def places_of(self, run: ReportRun) -> dict[str, Any]:
        return {"area": run.area_id, "school": run.school_id}


report_runs = ReportRuns()
cancel_report = report_runs.cancel
make_report = report_runs.make
note_fetched = report_runs.note_fetched
remove_expired_runs = report_runs.remove_expired
report_died = report_runs.died
restart_stuck_runs = report_runs.revive


def request_report(
    *,
    kind: str,
    area: Area | None = None,
    school: School | None = None,
    month: Month | None = None,
    filters: Mapping[str, str],
    by: User,
) -> ReportRun:
    """Note that a report is wanted; the caller enqueues the job with the run's id.

    Args:
        kind: code of a `ReportType` that the caller may have made for the area or school.

    Returns the run of this person that waits or is being made for the same, if there is one.
    Raises ValidationError when the type needs an area, school or month and there is none, the month
    lies in the future, or as `FileRuns.ask`.
    """
    _check_order(kind, area, school, month)
    first = month.first if month is not None else None
    asked = {"kind": kind, "area": area, "school": school, "month": first, "filters": filters}
    return report_runs.ask(ReportRun(**asked, made_by=by), alike=asked, by=by)


def order_of(run: ReportRun) -> ReportOrder:
    """What a run is to make."""
    return ReportOrder(
        area=run.area,
        school=run.school,
        month=Month.of(run.month) if run.month is not None else None,
        filters=run.filters,
        by_name=str(run.made_by or ""),
    )


def export_report(
    *,
    kind: str,
    area: Area | None = None,
    school: School | None = None,
    month: Month | None = None,
    path: Path,
) -> int:
    """Write a report straight to a path: what the command does.

    Returns the number of rows. The figures are those of the pages. Raises ValidationError as
    `request_report`.
    """
    report_type = _check_order(kind, area, school, month)
    order = ReportOrder(area=area, school=school, month=month)
    return report_type.render(order, path, lambda done, total: None)


def _check_order(
    kind: str, area: Area | None, school: School | None, month: Month | None
) -> ReportType:
    report_type = report_types.find(kind)
    if report_type is None:
        raise ValidationError(gettext_lazy("There is no such report."), code="unknown_report")
    if report_type.needs_area and area is None:
        raise ValidationError({"area": gettext_lazy("This report needs an area.")})
    if report_type.of_school and school is None:
        raise ValidationError({"school": gettext_lazy("This report needs a school.")})
    if report_type.needs_month and month is None:
        raise ValidationError({"month": gettext_lazy("This report needs a month.")})
    if month is not None and month > Month.current():
        raise ValidationError(
            gettext_lazy("This month has not begun. Choose an earlier one."), code="future_month"
        )
    return report_type
