"""The state of the calendar: one row, whose token every write of what it rests on changes.

It is no model: no backup carries it and nothing refers to it (`attendance.calendar.state`). The
triggers that change it are made after every migrate; on the way back they go with it.
"""

from django.db import migrations

TABLE = "attendance_calendarstate"


def drop_triggers(apps, schema_editor):
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION IF EXISTS attendance_calendar_written() CASCADE")
            return
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND instr(sql, %s) > 0", [TABLE]
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')


class Migration(migrations.Migration):
    dependencies = [("attendance", "0019_period_locks")]

    operations = [
        migrations.RunSQL(
            f"CREATE TABLE {TABLE} (id integer NOT NULL PRIMARY KEY, token varchar(36) NOT NULL)",
            f"DROP TABLE {TABLE}",
        ),
        migrations.RunPython(migrations.RunPython.noop, drop_triggers),
    ]
