"""Bytes of a pupil-session on disk: registers, absences, revisions and their indexes."""

from django.db import connection
from django.db.models import Sum

from attendance.models import Absence, Register, RegisterRevision

from .results import Results, about

# One lean row for each pupil and session, measured in the same form (see docs/performance.md).
DENSE = """
CREATE TEMPORARY TABLE dense AS
SELECT r.school_id, r.school_class_id, e.pupil_id, r.date, r.session, 'present'::varchar(9) AS mark
  FROM attendance_register r JOIN schools_enrolment e ON e.school_class_id = r.school_class_id
   AND e.valid_from <= r.date AND (e.valid_to IS NULL OR e.valid_to > r.date)
 WHERE r.date >= (SELECT MAX(date) - 13 FROM attendance_register)"""


def measure(options):
    """PostgreSQL only: SQLite does not tell the size of a table."""
    results = Results("storage", about(connection))
    if connection.vendor != "postgresql":
        results.notes.append("SQLite tells no sizes of tables; use PostgreSQL.")
        return results
    pupil_sessions = Register.objects.aggregate(n=Sum("roll"))["n"]
    results.about |= {"pupil-sessions": f"{pupil_sessions:,}"}
    with connection.cursor() as cursor:
        sizes = {
            model: _size(cursor, model._meta.db_table)
            for model in (Register, Absence, RegisterRevision)
        }
        cursor.execute(DENSE)
        cursor.execute("CREATE UNIQUE INDEX ON dense (pupil_id, date, session)")
        cursor.execute("SELECT COUNT(*) FROM dense")
        (rows,) = cursor.fetchone()
        dense = _size(cursor, "dense") / rows
        cursor.execute("DROP TABLE dense")
    without = (sizes[Register] + sizes[Absence]) / pupil_sessions
    for model, size in sizes.items():
        results.add(model._meta.db_table, size / pupil_sessions, "B")
    results.add("without revisions", without, "B", at_most=14)
    results.add(
        "with revisions", without + sizes[RegisterRevision] / pupil_sessions, "B", at_most=20
    )
    results.add("one row for each pupil and session", dense, "B")
    return results


def _size(cursor, table):
    cursor.execute("SELECT pg_total_relation_size(%s::regclass)", [table])
    return cursor.fetchone()[0]
