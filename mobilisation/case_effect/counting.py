"""Children around a day, counted in the database: one row a child, none a mark.

Which sessions count is that of `attendance.registers.selectors.counting`. Of a child who dropped
out, the sessions its class had from that day on count as absences until it is on a roll again:
else who gives up would leave the comparison, and those left would look better.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count

from attendance.calendar.selectors.due_sessions import due_bits_between
from attendance.enums import RegisterState
from attendance.models import Register
from attendance.registers.selectors.counting import ONE_DAY, not_counted_sql
from core.sql_dialects import DATE, WHOLE, dialect_of
from schools.enums import Grade
from schools.models import SchoolClass, SchoolYear

from .estimation import Counts, Course

# Calendar days in which that many school days are looked for: Tết lies in between.
_STRETCH = 3
# Last grades of the bands within which children are alike.
_BANDS = (Grade.AGE_3, Grade.AGE_5, Grade.G3, Grade.G5, Grade.G7, Grade.G9, Grade.G12)
_FAR = datetime.date(9999, 12, 31)


@dataclass(frozen=True)
class Window:
    """School days around a day, which is on neither side; all days are included.

    `is_over`: whether nothing more will come after it.
    """

    day: datetime.date
    first: datetime.date
    recent: datetime.date
    last: datetime.date
    is_over: bool


def window_around(
    day: datetime.date, year: SchoolYear, *, days: int, recent: int, today: datetime.date
) -> Window | None:
    """The window of a school year around a day; None without school days on one side. One query.

    A school day is one with registers of at least half as many schools as the day of most: a
    class that makes up a lesson on a Sunday makes no school day of it.
    """
    stretch = datetime.timedelta(days=_STRETCH * days + 10)
    rows = (
        Register.objects.filter(
            school_class__year=year,
            state=RegisterState.TAKEN,
            date__gte=max(year.valid_from, day - stretch),
            date__lt=min(year.valid_to, day + stretch, today + ONE_DAY),
        )
        .order_by("date")
        .values_list("date")
        .annotate(schools=Count("school", distinct=True))
    )
    counted = dict(rows)
    least = max(counted.values(), default=0) / 2
    school_days = [each for each, schools in counted.items() if schools >= least]
    before = [each for each in school_days if each < day][-days:]
    after = [each for each in school_days if each > day][:days]
    if not before or not after:
        return None
    is_over = len(after) == days or today >= min(year.valid_to, day + stretch)
    return Window(day, before[0], before[-recent:][0], after[-1], is_over)


class Counter:
    """The classes of a school year in a window, for asking about some of their children."""

    def __init__(self, window: Window, year: SchoolYear) -> None:
        """Ask which sessions are due; a fixed number of queries."""
        classes = SchoolClass.objects.filter(year=year).select_related("year")
        due = due_bits_between(classes, window.first, window.last + ONE_DAY)
        self._rows = json.dumps(
            [
                [class_id, month.first.isoformat(), month.end.isoformat(), bits]
                for class_id, months in due.items()
                for month, bits in months.items()
                if bits
            ]
        )
        self._window = window

    def pupils(self, ids: Collection[int]) -> list[Course]:
        """The courses of these pupils, those on a roll that day; one query, none for nobody."""
        return self._courses(_THESE.format(ids=_numbers(ids)), {}) if ids else []

    def away_between(self, least: int, most: int) -> list[Course]:
        """The courses of all who were absent so many times before, both included; one query."""
        return self._courses(_AWAY_SO_OFTEN, {"least": least, "most": most})

    def _courses(self, wanted: str, values: dict[str, int]) -> list[Course]:
        dialect, window = dialect_of(connection), self._window
        place = (
            f"(({dialect.day.format('r.date')} - 1) * 2"
            " + CASE WHEN r.session = 'pm' THEN 1 ELSE 0 END)"
        )
        text = _STATEMENT.format(
            given=dialect.rows((WHOLE, DATE, DATE, WHOLE)),
            place=place,
            wanted=wanted,
            not_counted=not_counted_sql(),
        )
        with connection.cursor() as cursor:
            cursor.execute(
                text,
                values
                | {
                    "rows": self._rows,
                    "first": window.first,
                    "recent": window.recent,
                    "day": window.day,
                    "last": window.last,
                    "far": _FAR,
                },
            )
            return [_course(row) for row in cursor.fetchall()]


def _course(row: Sequence[int]) -> Course:
    pupil, school, grade, before, away, recent, recent_away, after, after_away = row
    return Course(
        pupil=pupil,
        school=school,
        group=str(next(int(last) for last in _BANDS if grade <= last)),
        before=Counts(away, before),
        recent=Counts(recent_away, recent),
        after=Counts(after_away, after),
    )


def _numbers(ids: Collection[int]) -> str:
    return ", ".join(str(int(each)) for each in ids)


_THESE = "SELECT id AS pupil_id FROM schools_pupil WHERE id IN ({ids})"
_AWAY_SO_OFTEN = """
  SELECT a.pupil_id
    FROM taken t CROSS JOIN attendance_absence a
   WHERE t.date < %(day)s AND a.register_id = t.id AND a.mark IN ('P', 'K')
   GROUP BY a.pupil_id HAVING COUNT(*) BETWEEN %(least)s AND %(most)s"""
# CROSS JOIN is the order of reading for SQLite (`reports.services.fact_sql`); the place of a
# session's bit is that of `attendance.session_bitmask`.
_STATEMENT = """
WITH given (class_id, month_from, month_to, due) AS MATERIALIZED ({given}),
taken AS MATERIALIZED (
  SELECT r.id, r.school_class_id AS class_id, r.date
    FROM given g CROSS JOIN attendance_register r
   WHERE r.school_class_id = g.class_id AND r.state = 'taken'
     AND r.date >= g.month_from AND r.date < g.month_to
     AND r.date >= %(first)s AND r.date <= %(last)s AND r.date <> %(day)s
     AND (g.due >> {place}) & 1 <> 0
),
wanted AS MATERIALIZED ({wanted}),
spells AS MATERIALIZED (
  SELECT e.pupil_id, e.school_class_id AS class_id, e.school_id, e.grade, e.valid_from AS starts,
         COALESCE(e.valid_to, %(far)s) AS ends,
         CASE WHEN e.exit_reason = 'dropout'
              THEN COALESCE((SELECT MIN(n.valid_from) FROM schools_enrolment n
                              WHERE n.pupil_id = e.pupil_id AND n.valid_from >= e.valid_to),
                            %(far)s)
              ELSE COALESCE(e.valid_to, %(far)s) END AS counted_to
    FROM wanted w CROSS JOIN schools_enrolment e
   WHERE e.pupil_id = w.pupil_id AND e.valid_from <= %(last)s
     AND (e.valid_to IS NULL OR e.valid_to > %(first)s)
),
sessions AS (
  SELECT s.pupil_id,
         CASE WHEN t.date < %(day)s THEN 1 ELSE 0 END AS is_before,
         CASE WHEN t.date >= %(recent)s AND t.date < %(day)s THEN 1 ELSE 0 END AS is_recent,
         CASE WHEN t.date > %(day)s THEN 1 ELSE 0 END AS is_after,
         CASE WHEN a.id IS NOT NULL OR t.date >= s.ends THEN 1 ELSE 0 END AS is_away
    FROM spells s CROSS JOIN taken t
    LEFT JOIN attendance_absence a
      ON a.register_id = t.id AND a.pupil_id = s.pupil_id AND a.mark IN ('P', 'K')
    LEFT JOIN {not_counted} u ON u.register_id = t.id AND u.pupil_id = s.pupil_id
   WHERE t.class_id = s.class_id AND t.date >= s.starts AND t.date < s.counted_to
     AND u.register_id IS NULL
),
here AS (
  SELECT pupil_id, school_id, grade FROM spells WHERE starts <= %(day)s AND ends > %(day)s
)
SELECT h.pupil_id, h.school_id, h.grade,
       SUM(c.is_before), SUM(c.is_before * c.is_away),
       SUM(c.is_recent), SUM(c.is_recent * c.is_away),
       SUM(c.is_after), SUM(c.is_after * c.is_away)
  FROM here h JOIN sessions c ON c.pupil_id = h.pupil_id
 GROUP BY h.pupil_id, h.school_id, h.grade
 ORDER BY h.pupil_id"""
