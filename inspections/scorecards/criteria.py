"""The criteria of a school year: dated rows, begun from a file."""

import datetime
import tomllib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import record
from core.first_rows import write_first_rows
from core.services.saving import save_checked
from core.services.versions import next_version, standing
from core.types import User
from schools.models import SchoolYear

from .. import events
from ..models import ScoringCriterion
from ..services.province import province_of_criteria
from .measures import WORKED_OUT

ONE_DAY = datetime.timedelta(days=1)
FIRST = Path(__file__).parent.parent / "data" / "scoring.toml"


def write_first_criteria(sender: Any = None, using: str = "default", **_options: Any) -> None:
    """Write the criteria of the file while there are none (after migrating)."""
    with FIRST.open("rb") as file:
        told = tomllib.load(file)
    rows = [
        ScoringCriterion(
            code=code,
            short_name=short_name,
            name=name,
            measure=measure,
            points=points,
            place=place,
            source=told["source"],
            valid_from=told["valid_from"],
        )
        for place, (code, short_name, name, measure, points) in enumerate(told["criteria"], start=1)
    ]
    write_first_rows(ScoringCriterion, rows, using)


def first_day_to_change(on: datetime.date) -> datetime.date:
    """The first day from which criteria may change: that of the school year that runs, or is next.

    Years that are over stay scored as they were. One query.
    """
    year = SchoolYear.objects.filter(valid_to__gt=on).order_by("valid_from").first()
    return on if year is None else year.valid_from


def criteria_to_show(on: datetime.date) -> list[ScoringCriterion]:
    """Criteria in force on a day and those to come, each with its versions in order; one query."""
    return list(
        ScoringCriterion.objects.exclude(valid_to__lte=on).order_by("place", "valid_from", "pk")
    )


@dataclass(frozen=True)
class Total:
    """The points of all criteria together, from a day on."""

    day: datetime.date
    points: int


def totals_from(rows: Iterable[ScoringCriterion], on: datetime.date) -> list[Total]:
    """Totals on a day and from each later day on which criteria change, in order.

    Args:
        rows: as `criteria_to_show` gives them for that day.
    """
    rows = list(rows)
    ends = [row.valid_to for row in rows if row.valid_to is not None]
    later = {day for day in [*(row.valid_from for row in rows), *ends] if day > on}
    return [
        Total(
            day,
            sum(
                row.points
                for row in rows
                if row.valid_from <= day and (row.valid_to is None or row.valid_to > day)
            ),
        )
        for day in [on, *sorted(later)]
    ]


def criterion_on(code: str, on: datetime.date) -> ScoringCriterion | None:
    """The newest version of a criterion that has not ended by a day, also one to come."""
    return (
        ScoringCriterion.objects.filter(code=code)
        .exclude(valid_to__lte=on)
        .order_by("-valid_from")
        .first()
    )


@transaction.atomic
def add_criterion(
    *,
    name: str,
    short_name: str,
    measure: str,
    points: int,
    source: str,
    valid_from: datetime.date,
    by: User,
) -> ScoringCriterion:
    """A criterion counted from a day on, the last of the table; returns it.

    Raises PermissionDenied: `by` does not decide this for the province; ValidationError: a day
    before the school year that runs, no source, points out of bounds, a measure that nothing works
    out.
    """
    province_id = province_of_criteria(by)
    _check_day(valid_from, "valid_from")
    _check_source(source)
    if measure not in WORKED_OUT:
        raise ValidationError({"measure": _("The system does not work this out.")})
    last = ScoringCriterion.objects.aggregate(last=Max("place"))["last"] or 0
    made = save_checked(
        ScoringCriterion(
            code=f"c{uuid.uuid4().hex[:12]}",
            name=name.strip(),
            short_name=short_name.strip(),
            measure=measure,
            points=points,
            source=source.strip(),
            place=last + 1,
            valid_from=valid_from,
        )
    )
    record(
        events.CRITERION_ADDED,
        by=by,
        about=made,
        area=province_id,
        changes={
            "name": (None, made.name),
            "measure": (None, made.measure),
            "points": (None, made.points),
            "source": (None, made.source),
            "valid_from": (None, made.valid_from),
        },
    )
    return made


@transaction.atomic
def change_criterion(
    *,
    criterion: ScoringCriterion,
    name: str,
    short_name: str,
    points: int,
    source: str,
    valid_from: datetime.date,
    by: User,
) -> ScoringCriterion:
    """A new version of a criterion from a day on; returns it. The one before ends that day.

    Raises PermissionDenied: `by` does not decide this for the province; ValidationError: a day
    before the school year that runs or not after the version before it began, no source, points out
    of bounds, or somebody changed it meanwhile.
    """
    province_id = province_of_criteria(by)
    before = _standing(criterion)
    _check_day(valid_from, "valid_from", after=before.valid_from)
    _check_source(source)
    made = next_version(
        before,
        on=valid_from,
        name=name.strip(),
        short_name=short_name.strip(),
        points=points,
        source=source.strip(),
    )
    record(
        events.CRITERION_CHANGED,
        by=by,
        about=made,
        area=province_id,
        changes={
            "name": (before.name, made.name),
            "points": (before.points, made.points),
            "source": (before.source, made.source),
            "valid_from": (before.valid_from, made.valid_from),
        },
    )
    return made


@transaction.atomic
def end_criterion(
    *, criterion: ScoringCriterion, on: datetime.date, source: str, by: User
) -> ScoringCriterion:
    """Count a criterion no longer from a day on; returns it. Years over keep it.

    The decision that ends it stands in the event: the row keeps the one it came from. Raises
    PermissionDenied: `by` does not decide this for the province; ValidationError: a day before the
    school year that runs or not after it began, no source, or somebody changed it meanwhile.
    """
    province_id = province_of_criteria(by)
    last = _standing(criterion)
    _check_day(on, "on", after=last.valid_from)
    _check_source(source)
    last.valid_to = on
    save_checked(last)
    record(
        events.CRITERION_ENDED,
        by=by,
        about=last,
        area=province_id,
        changes={"valid_to": (None, on)},
        reason=source.strip(),
    )
    return last


def _standing(criterion: ScoringCriterion) -> ScoringCriterion:
    return standing(
        criterion, refusal=_("Somebody changed this criterion meanwhile. Look at it again.")
    )


def _check_day(day: datetime.date, field: str, *, after: datetime.date | None = None) -> None:
    """Years that are over stay scored as they were."""
    earliest = first_day_to_change(timezone.localdate())
    if after is not None:
        earliest = max(earliest, after + ONE_DAY)
    if day < earliest:
        raise ValidationError(
            {
                field: _("Criteria change from %(day)s at the earliest.")
                % {"day": earliest.strftime("%d/%m/%Y")}
            }
        )


def _check_source(source: str) -> None:
    if not source.strip():
        raise ValidationError({"source": _("Say which decision changes the criterion.")})


def criteria_of(year: SchoolYear) -> list[ScoringCriterion]:
    """The criteria by which a school year is scored, those of its last day; one query."""
    return list(ScoringCriterion.objects.on(year.last_day))
