"""Who listens: a roll changed below reaches the registers that were sent under the older one, and
a school year opened below gets its frame."""

import datetime
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Max

from core.types import User
from schools.areas.selectors.tree import AreaTree
from schools.models import SchoolYear
from schools.pupils.past_registers import Choice
from schools.signals import enrolments_changed, school_year_opened

from .calendar.services.frames import set_frame
from .models import Register
from .rolls.services.settling import settle


def connect() -> None:
    """Connect the receivers of this app; called once when it is loaded."""
    enrolments_changed.connect(on_enrolments_changed, dispatch_uid="attendance.on_enrolments")
    school_year_opened.connect(on_school_year_opened, dispatch_uid="attendance.on_school_year")


def on_enrolments_changed(
    sender: object,
    *,
    school_class_ids: Collection[int],
    start: datetime.date,
    end: datetime.date | None,
    by: User | None = None,
    choice: Choice = "",
    pupil_ids: Collection[int] | None = None,
    **kwargs: Any,
) -> None:
    """News that nobody signs changes no register: it stands in the list of differences."""
    if by is not None and choice:
        settle(
            class_ids=school_class_ids,
            start=start,
            end=end,
            by=by,
            choice=choice,
            pupil_ids=pupil_ids,
        )


def on_school_year_opened(
    sender: object,
    *,
    year: SchoolYear,
    second_term_from: datetime.date | None,
    by: User,
    **kwargs: Any,
) -> None:
    """The second term is a matter of the calendar: one frame of the whole year for the province.

    Nothing when no day was given; the year's own dates hold where there is no frame.
    """
    if second_term_from is None:
        return
    for province in AreaTree.on(year.valid_from).provinces:
        set_frame(
            year=year,
            place=province,
            level="",
            valid_from=year.valid_from,
            valid_to=year.valid_to,
            second_term_from=second_term_from,
            by=by,
        )


def last_registers(
    class_ids: Collection[int], since: datetime.date
) -> Iterable[tuple[int, datetime.date]]:
    """The last day since a day of which a register was sent, by class
    (`schools.directory.class_records`)."""
    return (
        Register.objects.filter(school_class__in=class_ids, date__gte=since)
        .order_by()
        .values_list("school_class")
        .annotate(Max("date"))
    )
