"""Spells and registers that count in a month, as parts of statements: for the facts and for lists.

The facts sum what these parts find (`services.fact_sql`); the pages that explain a figure list it
(`explanation.selectors`). One text for PostgreSQL and SQLite (`core.sql_dialects`).
"""

from collections.abc import Iterable, Mapping

from core.sql_dialects import DATE, TEXT, WHOLE, Dialect

from .rebuild_inputs import ClassToRebuild

# What Python hands to the statements: name of the rows, their columns and kinds.
CHOSEN = (
    "chosen",
    {
        "class_id": WHOLE,
        "school_id": WHOLE,
        "commune_id": WHOLE,
        "level": TEXT,
        "year_from": DATE,
        "year_to": DATE,
        "due": WHOLE,
        "owed": WHOLE,
        "owed_sessions": WHOLE,
    },
)

SPELLS = """
spells AS MATERIALIZED (
  SELECT e.id, e.school_class_id AS class_id, e.pupil_id, e.grade, e.sex, e.ethnic_group,
         e.entry_reason,
         CASE WHEN e.valid_from < c.year_from THEN c.year_from ELSE e.valid_from END AS starts,
         CASE WHEN e.valid_to <= c.year_to THEN e.valid_to ELSE c.year_to END AS ends,
         CASE WHEN e.valid_to <= c.year_to THEN e.exit_reason ELSE 'completed' END AS exit_reason
    FROM chosen c CROSS JOIN schools_enrolment e
   WHERE e.school_class_id = c.class_id
     AND e.valid_from < %(after)s AND e.valid_from < c.year_to
     AND (e.valid_to IS NULL OR (e.valid_to >= %(first)s AND e.valid_to > c.year_from))
)"""

# The place of a session's bit is that of `attendance.session_bitmask`.
# `<> 0`, not `= 1`: PostgreSQL would expect one row in two hundred to pass (docs/adr/0011).
REGISTERS = """
registers AS MATERIALIZED (
  SELECT r.id, r.school_class_id AS class_id, r.date, r.session, r.revision, r.state,
         r.first_sent_at, (c.owed >> {place}) & 1 AS is_owed
    FROM chosen c CROSS JOIN attendance_register r
   WHERE r.school_class_id = c.class_id
     AND r.date >= %(first)s AND r.date < %(after)s AND r.date <= %(counted_to)s
     AND (c.due >> {place}) & 1 <> 0
)"""


def table_given(dialect: Dialect, rows: tuple[str, Mapping[str, str]]) -> str:
    """The part that makes a table of `%(rows)s`: a name and its columns with their kinds."""
    name, columns = rows
    return f"{name} ({', '.join(columns)}) AS MATERIALIZED ({dialect.rows(columns.values())})"


def place_of_session(dialect: Dialect) -> str:
    """The place of a register's session among the bits of its month."""
    day = dialect.day.format("r.date")
    return f"(({day} - 1) * 2 + CASE WHEN r.session = 'pm' THEN 1 ELSE 0 END)"


def numbers(ids: Iterable[int]) -> str:
    """Ids as SQL writes them between the brackets of IN."""
    return ", ".join(str(int(each)) for each in ids)


def row_of(each: ClassToRebuild) -> list[int | str]:
    """A class as a row of `CHOSEN`."""
    return [
        *(each.class_id, each.school_id, each.commune_id, each.level),
        *(each.year_from.isoformat(), each.year_to.isoformat()),
        *(each.due, each.owed, each.owed.bit_count()),
    ]
