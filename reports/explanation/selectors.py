"""What an attendance figure was counted from: its registers, its pupil-sessions, what is left out.

The statements take spells and registers from the parts that the facts are counted with
(`reports.selectors.session_sql`), so that what is listed is what was counted. The list is cut by
the database: a page of a commune's eighty thousand pupil-sessions reads no more than it shows.
"""

import datetime
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import F
from django.utils import timezone

from attendance import session_bitmask
from attendance.enums import RegisterState
from attendance.models import Register, RegisterRevision
from attendance.registers.selectors.counting import not_counted_sql
from core.months import Month
from core.sql_dialects import dialect_of
from core.types import User
from schools.enums import Session
from schools.models import Pupil, SchoolClass

from ..selectors.rebuild_inputs import ClassToRebuild, chosen_classes, communes_in_month
from ..selectors.session_sql import CHOSEN, REGISTERS, SPELLS, place_of_session, row_of, table_given


class What(StrEnum):
    """Which pupil-sessions are listed: of the denominator, by what the register says."""

    AWAY = "away"
    UNEXCUSED = "unexcused"
    EXCUSED = "excused"
    LATE = "late"
    PRESENT = "present"
    ALL = "all"


_MARKED = {
    What.AWAY: "mark IN ('P', 'K')",
    What.UNEXCUSED: "mark = 'K'",
    What.EXCUSED: "mark = 'P'",
    What.LATE: "mark = 'M'",
    What.PRESENT: "mark NOT IN ('P', 'K')",
    What.ALL: "1 = 1",
}

# One row for each session that counts for a pupil: the terms of the denominator.
_PUPIL_DAYS = """
pupil_days AS (
  SELECT t.id AS register_id, t.class_id, t.date, t.session, t.revision, s.pupil_id,
         COALESCE(a.mark, '') AS mark, COALESCE(a.reason, '') AS reason
    FROM registers t
    JOIN spells s ON s.class_id = t.class_id AND t.date >= s.starts AND t.date < s.ends
    LEFT JOIN attendance_absence a ON a.register_id = t.id AND a.pupil_id = s.pupil_id
    LEFT JOIN {not_counted} u ON u.register_id = t.id AND u.pupil_id = s.pupil_id
   WHERE t.state = 'taken' AND u.register_id IS NULL
)"""

# Counted without a row for each pupil: of a province they would be millions.
_LESSONS = """
whole AS (
  SELECT class_id, COUNT(*) AS n FROM spells
   WHERE starts <= %(first)s AND ends >= %(after)s GROUP BY class_id
),
partly AS (
  SELECT r.id, COUNT(*) AS n
    FROM spells s CROSS JOIN registers r
   WHERE (s.starts > %(first)s OR s.ends < %(after)s)
     AND r.class_id = s.class_id AND r.date >= s.starts AND r.date < s.ends
   GROUP BY r.id
),
marked AS (
  SELECT r.id, COUNT(CASE WHEN a.mark = 'P' THEN 1 END) AS excused,
         COUNT(CASE WHEN a.mark = 'K' THEN 1 END) AS unexcused,
         COUNT(CASE WHEN a.mark = 'M' THEN 1 END) AS late
    FROM registers r CROSS JOIN attendance_absence a CROSS JOIN spells s
   WHERE a.register_id = r.id AND s.class_id = r.class_id AND s.pupil_id = a.pupil_id
     AND r.date >= s.starts AND r.date < s.ends
   GROUP BY r.id
),
uncounted AS (
  SELECT r.id, COUNT(*) AS n
    FROM registers r CROSS JOIN {not_counted} u CROSS JOIN spells s
   WHERE u.register_id = r.id AND s.class_id = r.class_id AND s.pupil_id = u.pupil_id
     AND r.date >= s.starts AND r.date < s.ends
   GROUP BY r.id
)
SELECT r.class_id, r.date, r.session, r.id, r.revision,
       COALESCE(w.n, 0) + COALESCE(p.n, 0) - COALESCE(u.n, 0),
       COALESCE(m.excused, 0), COALESCE(m.unexcused, 0), COALESCE(m.late, 0)
  FROM registers r
  LEFT JOIN whole w ON w.class_id = r.class_id
  LEFT JOIN partly p ON p.id = r.id
  LEFT JOIN marked m ON m.id = r.id
  LEFT JOIN uncounted u ON u.id = r.id
 WHERE r.state = 'taken'
 ORDER BY r.date, r.session, r.class_id"""

_LISTED = (
    _PUPIL_DAYS
    + """
SELECT d.class_id, d.date, d.session, d.register_id, d.pupil_id, d.mark, d.reason
  FROM pupil_days d
  JOIN schools_schoolclass k ON k.id = d.class_id
  JOIN schools_pupil p ON p.id = d.pupil_id
 WHERE {marked}
 ORDER BY d.date, d.session, k.school_id, k.name_key, d.class_id, p.name_key, d.pupil_id
 LIMIT %(limit)s OFFSET %(offset)s"""
)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A register that counts: pupil-sessions expected, and what its marks say of them."""

    class_id: int
    date: datetime.date
    session: str
    register_id: int
    revision: int
    expected: int
    excused: int
    unexcused: int
    late: int

    @property
    def absent(self) -> int:
        """Pupils away, excused or not."""
        return self.excused + self.unexcused

    @property
    def present(self) -> int:
        """Pupils there, late ones included: what the register adds to the numerator."""
        return self.expected - self.absent

    @property
    def session_name(self) -> str:
        """The session in words."""
        return str(Session(self.session).label)


@dataclass(frozen=True, slots=True)
class PupilDay:
    """One session that counts for one pupil; `mark` "" is present."""

    class_id: int
    date: datetime.date
    session: str
    register_id: int
    pupil_id: int
    mark: str
    reason: str


@dataclass
class LeftOut:
    """Registers that a figure does not count, by why.

    `missing`: class id -> (day, session) due, past and with pupils, without a register;
    `not_held`: class id -> (day, session, reason) that did not take place; `not_due`: class id ->
    (day, session) with a register on which the calendar has no school.
    """

    missing: dict[int, list[tuple[datetime.date, str]]] = field(default_factory=dict)
    not_held: dict[int, list[tuple[datetime.date, str, str]]] = field(default_factory=dict)
    not_due: dict[int, list[tuple[datetime.date, str]]] = field(default_factory=dict)

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """(reason, number of sessions not held), the most frequent first."""
        counted = Counter(
            reason for found in self.not_held.values() for _day, _session, reason in found
        )
        return sorted(counted.items(), key=lambda each: (-each[1], each[0]))


class Counted:
    """What the attendance figure of some classes in a month is counted from.

    Args:
        school_ids: their classes; `class_ids`: only these of them, None = all.
        level: an education level, or "" for all.

    A fixed number of queries whatever the number of schools, one more for each list asked of it.
    """

    def __init__(
        self,
        month: Month,
        *,
        school_ids: Collection[int],
        class_ids: Collection[int] | None = None,
        level: str = "",
    ) -> None:
        self.month = month
        communes = communes_in_month(school_ids, month)
        self.classes: list[ClassToRebuild] = [
            each
            for each in chosen_classes(communes=communes, month=month, class_ids=class_ids)
            if level in ("", each.level)
        ]

    def lessons(self) -> list[Lesson]:
        """The registers that count, by day; one query."""
        return [Lesson(*row) for row in self._rows(_LESSONS)]

    def pupil_days(
        self, what: What, *, offset: int = 0, limit: int | None = None
    ) -> list[PupilDay]:
        """The pupil-sessions asked for, by day, class and name of the pupil; one query.

        `What.PRESENT` are those of the numerator, `What.ALL` those of the denominator.
        """
        values = {"limit": 2**31 if limit is None else limit, "offset": offset}
        return [
            PupilDay(*row) for row in self._rows(_LISTED.replace("{marked}", _MARKED[what]), values)
        ]

    def left_out(self) -> LeftOut:
        """Registers that do not count, and why; one query."""
        found = LeftOut()
        sent: dict[int, int] = {}
        by_id = {each.class_id: each for each in self.classes}
        for class_id, date, session, state, reason in (
            Register.objects.filter(
                school_class_id__in=list(by_id),
                date__gte=self.month.first,
                date__lt=self.month.end,
                date__lte=timezone.localdate(),
            )
            .order_by("date", "session")
            .values_list("school_class_id", "date", "session", "state", "not_held_reason")
        ):
            bit = session_bitmask.bit(date, session)
            sent[class_id] = sent.get(class_id, 0) | bit
            if not by_id[class_id].due & bit:
                found.not_due.setdefault(class_id, []).append((date, session))
            elif state == RegisterState.NOT_HELD:
                found.not_held.setdefault(class_id, []).append((date, session, reason))
        for class_id, each in by_id.items():
            if lacking := each.owed & ~sent.get(class_id, 0):
                found.missing[class_id] = _sessions_in(self.month, lacking)
        return found

    def school_classes(self) -> dict[int, SchoolClass]:
        """{id: class with its school} of the classes counted; one query."""
        found = [each.class_id for each in self.classes]
        return SchoolClass.objects.select_related("school").in_bulk(found)

    def _rows(self, select: str, values: Mapping[str, Any] | None = None) -> list[Sequence[Any]]:
        if not self.classes:
            return []
        dialect = dialect_of(connection)
        parts = [table_given(dialect, CHOSEN), SPELLS, REGISTERS, select]
        text = f"WITH {', '.join(parts)}"
        text = text.replace("{place}", place_of_session(dialect))
        text = text.replace("{not_counted}", not_counted_sql())
        given = {
            "first": self.month.first,
            "after": self.month.end,
            "counted_to": min(timezone.localdate(), self.month.end),
            "rows": json.dumps([row_of(each) for each in self.classes]),
            **(values or {}),
        }
        with connection.cursor() as cursor:
            cursor.execute(text, given)
            return [(row[0], _day(row[1]), *row[2:]) for row in cursor.fetchall()]


def senders_of(registers: Collection[int] | Iterable[int]) -> dict[int, int]:
    """{id of a register: id of who sent its revision of now}; one query."""
    return dict(
        RegisterRevision.objects.filter(
            register_id__in=list(registers), number=F("register__revision")
        )
        .order_by()
        .values_list("register_id", "sent_by_id")
    )


def people(user_ids: Iterable[int]) -> dict[int, User]:
    """{id: person} of those who sent registers; one query."""
    found: dict[int, User] = get_user_model()._default_manager.in_bulk(set(user_ids))
    return found


def pupils_of(rows: Iterable[PupilDay]) -> dict[int, Pupil]:
    """{id: pupil} of a list; one query."""
    return Pupil.objects.in_bulk({row.pupil_id for row in rows})


def _sessions_in(month: Month, bits: int) -> list[tuple[datetime.date, str]]:
    return [
        (day, session)
        for day in session_bitmask.days_in(month.first, bits)
        for session in session_bitmask.PLACE
        if bits & session_bitmask.bit(day, session)
    ]


def _day(value: Any) -> datetime.date:
    """A date as PostgreSQL hands it out, or as the text that SQLite keeps."""
    return value if isinstance(value, datetime.date) else datetime.date.fromisoformat(value)
