"""Reading school years for who opens and closes them."""

import datetime
from dataclasses import dataclass

from django.db.models import Count

from core import rules

from ..models import Enrolment, SchoolClass, SchoolYear
from ..pupil_import.terms import SECOND_TERM
from .official_frames import LATEST, official_frame

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


@dataclass(frozen=True)
class Proposal:
    """Days to propose for the next year; `source` is the ministry's decision they follow.

    `is_decided`: the decision is of this very year, not of another one and carried over.
    """

    first_day: datetime.date
    last_day: datetime.date
    second_term_from: datetime.date | None
    source: str
    is_decided: bool


def next_year(*, on: datetime.date) -> Proposal:
    """What to propose for the next year, to be changed by who opens it; two queries.

    First and last day are those of the last year, a year later; without one the year begins on 5
    September and ends on 31 May, around which the ministry's frames lie. The second term begins as
    the ministry decided for that year, else on the day of the rule `schools.second_term_day`.
    """
    last = SchoolYear.objects.order_by("-valid_from").first()
    if last is None:
        year = on.year if on.month >= 6 else on.year - 1
        first_day, last_day = datetime.date(year, 9, 5), datetime.date(year + 1, 5, 31)
    else:
        first_day, last_day = _a_year_later(last.valid_from), _a_year_later(last.last_day)
    decided = official_frame(f"{first_day.year}-{last_day.year}")
    if decided is not None:
        term = decided.second_term_from
    else:
        days = int(rules.value(SECOND_TERM, on=first_day)) - 1
        term = datetime.date(last_day.year, 1, 1) + datetime.timedelta(days=days)
    followed = decided or official_frame(LATEST)
    return Proposal(
        first_day,
        last_day,
        term if first_day < term <= last_day else None,
        followed.source if followed is not None else "",
        decided is not None,
    )


def _a_year_later(day: datetime.date) -> datetime.date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year + 1, day=28)
