"""Weeks and months that are over, and until when their digest is still made."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Frequency
from ..months import Month

ONE_DAY = datetime.timedelta(days=1)
# Days after its end in which a digest is made: the morning after, or the first morning on which
# the server runs again. Older news would be none.
DAYS_TO_MAKE = 3


@dataclass(frozen=True)
class Period:
    """A week (Monday to Sunday) or a calendar month."""

    frequency: Frequency
    first: datetime.date
    last: datetime.date

    @property
    def key(self) -> str:
        """Its name for ever: "2026-W41" by ISO 8601, or "2026-10"."""
        if self.frequency == Frequency.WEEKLY:
            year, week, _weekday = self.first.isocalendar()
            return f"{year}-W{week:02d}"
        return str(Month.of(self.first))

    @property
    def next(self) -> tuple[datetime.date, datetime.date]:
        """First and last day of the week or month after it."""
        begin = self.last + ONE_DAY
        if self.frequency == Frequency.WEEKLY:
            return begin, begin + 6 * ONE_DAY
        return begin, Month.of(begin).last

    @property
    def over_at(self) -> datetime.datetime:
        """The moment from which its digest is neither made nor sent."""
        day = self.last + (DAYS_TO_MAKE + 1) * ONE_DAY
        return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))

    @property
    def label(self) -> str:
        """The period in words: "week 05/10–11/10/2026", "month 10/2026"."""
        return label_of(self.frequency, self.first, self.last)


def label_of(frequency: str, first: datetime.date, last: datetime.date) -> str:
    """A week or month in words, from what a row of `Digest` keeps."""
    if frequency == Frequency.WEEKLY:
        days = {"first": f"{first:%d/%m}", "last": f"{last:%d/%m/%Y}"}
        return _("week %(first)s–%(last)s") % days
    return _("month %(month)s") % {"month": f"{first:%m/%Y}"}


def due_on(day: datetime.date) -> Iterator[Period]:
    """The periods whose digest is made on a day: over, and not for longer than DAYS_TO_MAKE."""
    monday = day - day.weekday() * ONE_DAY
    week = Period(Frequency.WEEKLY, monday - 7 * ONE_DAY, monday - ONE_DAY)
    before = Month.of(day).plus(-1)
    for period in (week, Period(Frequency.MONTHLY, before.first, before.last)):
        if (day - period.last).days <= DAYS_TO_MAKE:
            yield period
