"""Reading school years for who opens and closes them."""

import datetime
from dataclasses import dataclass

from django.db.models import Count

from ..models import Enrolment, SchoolClass, SchoolYear

RUNNING, COMING, OVER, CLOSED = "running", "coming", "over", "closed"


@dataclass(frozen=True)
class YearRow:
    """A line of the list of school years."""

    year: SchoolYear
    state: str
    schools: int
    classes: int
    still_on_roll: int

    @property
    def is_empty(self) -> bool:
        """Whether no school has a class in it, so that it can be removed."""
        return not self.classes


def year_rows(*, on: datetime.date) -> list[YearRow]:
    """Every school year, newest first; three queries."""
    of_year = {
        year_id: (schools, classes)
        for year_id, schools, classes in SchoolClass.objects.order_by()
        .values_list("year_id")
        .annotate(Count("school_id", distinct=True), Count("pk"))
    }
    open_spells = dict(
        Enrolment.objects.filter(valid_to=None)
        .order_by()
        .values_list("school_class__year_id")
        .annotate(Count("pk"))
    )
    return [
        YearRow(
            year,
            state_of(year, on=on),
            *of_year.get(year.pk, (0, 0)),
            still_on_roll=open_spells.get(year.pk, 0),
        )
        for year in SchoolYear.objects.select_related("closed_by").order_by("-valid_from")
    ]


def state_of(year: SchoolYear, *, on: datetime.date) -> str:
    """Whether a year runs on a day, is to come, is over, or was closed."""
    if year.closed_at is not None:
        return CLOSED
    if year.valid_from > on:
        return COMING
    return RUNNING if year.is_valid_on(on) else OVER


def find_year(code: str) -> SchoolYear | None:
    """The year of a code, or None."""
    return SchoolYear.objects.filter(code=code).first()


def next_dates(*, on: datetime.date) -> tuple[datetime.date, datetime.date]:
    """First and last day to propose for the next year: those of the last one, a year later.

    Without one: 5 September to 31 May, around which the ministry's frames lie.
    """
    last = SchoolYear.objects.order_by("-valid_from").first()
    if last is None:
        year = on.year if on.month >= 6 else on.year - 1
        return datetime.date(year, 9, 5), datetime.date(year + 1, 5, 31)
    return _a_year_later(last.valid_from), _a_year_later(last.last_day)


def _a_year_later(day: datetime.date) -> datetime.date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year + 1, day=28)
