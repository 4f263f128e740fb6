"""Counting a month's facts inside the database: one INSERT … SELECT for each table.

The rules are those of `reports.models.facts`; `services.verify` counts the same by another,
slower way; both take from `attendance.registers.selectors.counting` which sessions count.
The statements are one text for PostgreSQL and SQLite (`core.sql_dialects`). CROSS JOIN is
written where the order of reading matters: SQLite takes it as an order, PostgreSQL plans as it
likes.

A row that is right already is not written: it stays where it is on disk, and `rebuilt_at`
tells when numbers last changed.
"""

import datetime
import json
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from attendance.registers.selectors.counting import not_counted_sql
from core.months import Month
from core.sql_dialects import WHOLE, Dialect, dialect_of, zone_values
from schools.enums import EntryReason, ExitReason

from ..models import ClassCoverage, ClassMonth, SchoolMonth
from ..models.facts import ALL_MEASURES, REASON_MEASURES, TIERS
from ..selectors.rebuild_inputs import ClassToRebuild
from ..selectors.session_sql import (
    CHOSEN,
    REGISTERS,
    SPELLS,
    numbers,
    place_of_session,
    row_of,
    table_given,
)

HOMES = ("homes", {"school_id": WHOLE, "commune_id": WHOLE})
SESSION_COUNTS = ("scheduled", "taken", "not_held", "sent_late", "days")
# Table -> (what makes a row, what it says, what is written along without being a reason to).
COLUMNS = {
    ClassMonth: (
        ("school_class_id", "month", "grade", "sex", "ethnic_group"),
        ("school_id", "commune_id", "level", *ALL_MEASURES),
        (),
    ),
    ClassCoverage: (
        ("school_class_id", "month"),
        ("school_id", "commune_id", "level", *SESSION_COUNTS, "counted_to"),
        ("rebuilt_at",),
    ),
    SchoolMonth: (
        ("school_id", "month", "level", "sex", "ethnic_group"),
        ("commune_id", *ALL_MEASURES),
        (),
    ),
}
ROLL = {
    "roll_start": "starts < %(first)s",
    "roll_end": "ends >= %(after)s",
    **{f"came_{r}": f"starts >= %(first)s AND entry_reason = '{r}'" for r in EntryReason.values},
    **{f"left_{r}": f"ends < %(after)s AND exit_reason = '{r}'" for r in ExitReason.values},
}
AWAY = "(excused + unexcused)"
IN_TIER = "expected > 0 AND " + AWAY + " * {of} >= expected * {least}"
OVER_PUPILS = {
    "pupils": "CASE WHEN expected > 0 THEN 1 ELSE 0 END",
    "sum_aa": f"{AWAY} * {AWAY}",
    "sum_an": f"{AWAY} * expected",
    "sum_nn": "expected * expected",
    **{
        f"{tier}_{what}": f"CASE WHEN {IN_TIER.format(least=least, of=of)} THEN {each} ELSE 0 END"
        for tier, (least, of) in TIERS.items()
        for what, each in (("pupils", "1"), ("absent", AWAY))
    },
}


PUPILS = """
taken AS MATERIALIZED (SELECT id, class_id, date FROM registers WHERE state = 'taken'),
sessions AS (SELECT class_id, COUNT(*) AS n FROM taken GROUP BY class_id),
partly AS (
  SELECT s.id, COUNT(*) AS n
    FROM spells s CROSS JOIN taken t
   WHERE (s.starts > %(first)s OR s.ends < %(after)s)
     AND t.class_id = s.class_id AND t.date >= s.starts AND t.date < s.ends
   GROUP BY s.id
),
marks AS MATERIALIZED (
  SELECT t.class_id, t.date, a.pupil_id, a.mark, a.reason
    FROM taken t CROSS JOIN attendance_absence a
   WHERE a.register_id = t.id
),
marked AS (
  SELECT s.id,
         SUM(CASE WHEN m.mark = 'P' THEN 1 ELSE 0 END) AS excused,
         SUM(CASE WHEN m.mark = 'K' THEN 1 ELSE 0 END) AS unexcused,
         SUM(CASE WHEN m.mark = 'M' THEN 1 ELSE 0 END) AS late,
         {reasons_marked}
    FROM marks m CROSS JOIN spells s
   WHERE s.class_id = m.class_id AND s.pupil_id = m.pupil_id
     AND m.date >= s.starts AND m.date < s.ends
   GROUP BY s.id
),
uncounted AS (
  SELECT s.id, COUNT(*) AS n
    FROM taken t CROSS JOIN {not_counted} u CROSS JOIN spells s
   WHERE u.register_id = t.id AND s.class_id = t.class_id AND s.pupil_id = u.pupil_id
     AND t.date >= s.starts AND t.date < s.ends
   GROUP BY s.id
),
by_spell AS (
  SELECT s.*,
         CASE WHEN s.starts > %(first)s OR s.ends < %(after)s
              THEN COALESCE(p.n, 0) ELSE COALESCE(k.n, 0) END - COALESCE(u.n, 0) AS expected,
         COALESCE(m.excused, 0) AS excused,
         COALESCE(m.unexcused, 0) AS unexcused,
         COALESCE(m.late, 0) AS late, {reasons_or_none}
    FROM spells s
    LEFT JOIN sessions k ON k.class_id = s.class_id
    LEFT JOIN partly p ON p.id = s.id
    LEFT JOIN marked m ON m.id = s.id
    LEFT JOIN uncounted u ON u.id = s.id
),
by_pupil AS (
  SELECT class_id, grade, sex, ethnic_group, {roll_sums},
         SUM(expected) AS expected, SUM(excused) AS excused, SUM(unexcused) AS unexcused,
         SUM(late) AS late, {reasons_summed}
    FROM by_spell
   GROUP BY class_id, grade, sex, ethnic_group, pupil_id
)"""

CELLS = """
SELECT b.class_id, %(first)s, b.grade, b.sex, b.ethnic_group,
       c.school_id, c.commune_id, c.level, {cell_sums}
  FROM by_pupil b JOIN chosen c ON c.class_id = b.class_id
 GROUP BY c.school_id, c.commune_id, b.class_id, c.level, b.grade, b.sex, b.ethnic_group
 ORDER BY c.commune_id, c.school_id, b.class_id"""

COVERAGE = """
SELECT c.class_id, %(first)s, c.school_id, c.commune_id, c.level,
       c.owed_sessions + COALESCE(SUM(1 - r.is_owed), 0),
       COUNT(CASE WHEN r.state = 'taken' THEN 1 END),
       COUNT(CASE WHEN r.state = 'not_held' THEN 1 END),
       COUNT(CASE WHEN r.state = 'taken' AND {sent_on} > r.date THEN 1 END),
       COUNT(DISTINCT CASE WHEN r.state = 'taken' THEN r.date END),
       %(counted_to)s, %(now)s
  FROM chosen c LEFT JOIN registers r ON r.class_id = c.class_id
 GROUP BY c.school_id, c.commune_id, c.class_id, c.level, c.owed_sessions
 ORDER BY c.commune_id, c.school_id, c.class_id"""

SCHOOLS = """
SELECT m.school_id, %(first)s, m.level, m.sex, m.ethnic_group, h.commune_id, {school_sums}
  FROM reports_classmonth m JOIN homes h ON h.school_id = m.school_id
 WHERE m.month = %(first)s AND m.school_id IN ({schools})
 GROUP BY m.school_id, h.commune_id, m.level, m.sex, m.ethnic_group
 ORDER BY h.commune_id, m.school_id"""


def fill_classes(
    *,
    school_ids: Collection[int],
    month: Month,
    class_ids: Collection[int] | None,
    chosen: Iterable[ClassToRebuild],
    counted_to: datetime.date,
) -> tuple[int, int]:
    """Make `ClassMonth` and `ClassCoverage` say what the books say; returns (written, removed).

    Args:
        class_ids: only these classes; None = all of the schools.
        chosen: list of `selectors.chosen.ClassToRebuild` of the same classes.
        counted_to: day of counting; later days are not read.
    """
    scope = {"school_id": school_ids} if class_ids is None else {"school_class_id": class_ids}
    rows = [row_of(each) for each in chosen]
    writer = _Writer(month, given=CHOSEN, rows=rows, counted_to=counted_to)
    return (
        writer.upsert(ClassMonth, [SPELLS, REGISTERS, PUPILS], CELLS)
        + writer.upsert(ClassCoverage, [REGISTERS], COVERAGE),
        writer.remove(
            ClassMonth,
            scope,
            "school_class_id, grade, sex, ethnic_group",
            [SPELLS],
            "SELECT class_id, grade, sex, ethnic_group FROM spells",
        )
        + writer.remove(ClassCoverage, scope, "school_class_id", [], "SELECT class_id FROM chosen"),
    )


def fill_schools(
    *, school_ids: Collection[int], communes: Mapping[int, int], month: Month
) -> tuple[int, int]:
    """Make `SchoolMonth` the sum of `ClassMonth` for some schools; returns (written, removed).

    Args:
        communes: dict school id -> commune id in the month; a school without one has no facts.
    """
    writer = _Writer(month, given=HOMES, rows=list(communes.items()), school_ids=school_ids)
    return (
        writer.upsert(SchoolMonth, [], SCHOOLS),
        writer.remove(
            SchoolMonth,
            {"school_id": school_ids},
            "school_id, level, sex, ethnic_group",
            [],
            "SELECT m.school_id, m.level, m.sex, m.ethnic_group"
            " FROM reports_classmonth m JOIN homes h ON h.school_id = m.school_id"
            " WHERE m.month = %(first)s AND m.school_id IN ({schools})",
        ),
    )


class _Writer:
    """Runs the statements for one month over rows given as JSON."""

    def __init__(
        self,
        month: Month,
        *,
        given: tuple[str, Mapping[str, str]],
        rows: Sequence[Sequence[int | str]],
        counted_to: datetime.date | None = None,
        school_ids: Iterable[int] = (),
    ) -> None:
        dialect = dialect_of(connection)
        self._given = table_given(dialect, given)
        self._words = _words(dialect, school_ids)
        self._values = {
            "first": month.first,
            "after": month.end,
            "counted_to": counted_to,
            "now": connection.ops.adapt_datetimefield_value(timezone.now()),
            "rows": json.dumps(rows),
            **zone_values(month),
        }

    def upsert(self, model: type[Model], parts: Sequence[str], select: str) -> int:
        """Insert the rows that `select` finds, in the order of COLUMNS; update what differs."""
        key, told, stamps = COLUMNS[model]
        table = model._meta.db_table
        return self._run(
            f"INSERT INTO {table} ({', '.join([*key, *told, *stamps])})"
            f" SELECT * FROM ({self._with(parts, select)}) found WHERE true"
            f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET "
            + ", ".join(f"{name} = excluded.{name}" for name in [*told, *stamps])
            + f" WHERE ({', '.join(f'{table}.{name}' for name in told)})"
            f" <> ({', '.join(f'excluded.{name}' for name in told)})"
        )

    def remove(
        self,
        model: type[Model],
        scope: Mapping[str, Iterable[int]],
        key: str,
        parts: Sequence[str],
        select: str,
    ) -> int:
        """Delete the rows of the month, within `scope`, whose `key` is not in `select`."""
        ((column, ids),) = scope.items()
        return self._run(
            f"DELETE FROM {model._meta.db_table} WHERE month = %(first)s"
            f" AND {column} IN ({numbers(ids)})"
            f" AND ({key}) NOT IN ({self._with(parts, select)})"
        )

    def _with(self, parts: Sequence[str], select: str) -> str:
        return f"WITH {', '.join([self._given, *parts])} {select}"

    def _run(self, text: str) -> int:
        for word, meaning in self._words.items():
            text = text.replace(f"{{{word}}}", meaning)
        with connection.cursor() as cursor:
            cursor.execute(text, self._values)
            return cursor.rowcount


def _words(dialect: Dialect, school_ids: Iterable[int]) -> dict[str, str]:
    return {
        "place": place_of_session(dialect),
        # Said as numbers: rows given as JSON are too vague for a planner to choose an index.
        "schools": numbers(school_ids),
        "not_counted": not_counted_sql(),
        "sent_on": dialect.local_date.format("r.first_sent_at"),
        "roll_sums": ", ".join(
            f"SUM(CASE WHEN {condition} THEN 1 ELSE 0 END) AS {name}"
            for name, condition in ROLL.items()
        ),
        "reasons_marked": ", ".join(
            f"SUM(CASE WHEN m.mark IN ('P', 'K') AND m.reason = '{reason}' THEN 1 ELSE 0 END)"
            f" AS {name}"
            for name, reason in REASON_MEASURES.items()
        ),
        "reasons_or_none": ", ".join(
            f"COALESCE(m.{name}, 0) AS {name}" for name in REASON_MEASURES
        ),
        "reasons_summed": ", ".join(f"SUM({name}) AS {name}" for name in REASON_MEASURES),
        "cell_sums": ", ".join(f"SUM({OVER_PUPILS.get(name, name)})" for name in ALL_MEASURES),
        "school_sums": ", ".join(f"SUM(m.{name})" for name in ALL_MEASURES),
    }
