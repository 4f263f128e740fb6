"""How long a register may be changed.

Both windows are dated rules, counted from the day of the session, so that a changed rule never
closes what was open under the old one.
"""

import datetime
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from core import rules
from core.months import Month
from schools.selectors.areas import chain_of_school

from ..apps import CORRECTION_DAYS, TEACHER_DAYS
from ..models import Reopening

ONE_DAY = datetime.timedelta(days=1)


def window_end(date, *, answers_for_school=True, is_correction=True, table=None):
    """First day on which the register of `date` can no longer be changed without asking.

    A register that is missing may be sent, and the school's head may correct, until some days
    after the month; a teacher corrects what was sent only for some days after the session.
    """
    table = table or rules.table(on=date)
    end = Month.of(date).end + int(table[CORRECTION_DAYS, ""]) * ONE_DAY
    if is_correction and not answers_for_school:
        end = min(end, date + (1 + int(table[TEACHER_DAYS, ""])) * ONE_DAY)
    return end


def reopened(school_class, date):
    """The reopening that covers a class's day at this moment, or None.

    One query; three more while some area is open.
    """
    return _Open(school_class).covering(date)


def waiting_for(school_class, date):
    """The request for a class's day that nobody has answered yet, or None; one query."""
    return _covering(school_class, date).filter(decided_at=None).select_related("asked_by").first()


@dataclass(frozen=True)
class Window:
    """Whether a register may be written today; `reopening`: only because it was opened again."""

    is_open: bool
    reopening: Reopening | None = None


def window_of(school_class, date, *, today, answers_for_school, is_correction):
    """The `Window` of a class's day; one query more when its time is over."""
    end = window_end(date, answers_for_school=answers_for_school, is_correction=is_correction)
    if today < end:
        return Window(is_open=True)
    reopening = reopened(school_class, date)
    return Window(reopening is not None, reopening)


def changeable(school_class, dates, *, today, answers_for_school):
    """A function (date, is_correction=…) -> whether that register may be written today.

    `window_of` for many days of a class; two queries.
    """
    reopenings = _Open(school_class)
    tables = rules.tables(dates)

    def is_open(date, *, is_correction):
        end = window_end(
            date,
            answers_for_school=answers_for_school,
            is_correction=is_correction,
            table=tables[date],
        )
        return today < end or reopenings.covering(date) is not None

    return is_open


class _Open:
    """What is open at this moment and may concern a class."""

    def __init__(self, school_class):
        self._school_id = school_class.school_id
        self._above = {}
        self._found = list(
            Reopening.objects.open_at(timezone.now())
            .filter(_of_class(school_class) | Q(area__isnull=False))
            .select_related("decided_by")
            .order_by("-open_until")
        )

    def covering(self, date):
        """The one that covers a day and is open longest, or None."""
        return next((each for each in self._found if self._covers(each, date)), None)

    def _covers(self, reopening, date):
        if not reopening.is_valid_on(date):
            return False
        if reopening.area_id is None:
            return True
        if date not in self._above:
            self._above[date] = {area.pk for area in chain_of_school(self._school_id, date)}
        return reopening.area_id in self._above[date]


def _of_class(school_class):
    return Q(school_class=school_class) | Q(school=school_class.school_id, school_class=None)


def _covering(school_class, date):
    return Reopening.objects.filter(
        _of_class(school_class), valid_from__lte=date, valid_to__gt=date
    )
