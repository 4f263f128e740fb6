"""The state of the calendar: one row, whose token every write of what it rests on changes.

It is no model: no backup carries it and nothing refers to it (`attendance.calendar.state`).
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("attendance", "0019_period_locks")]

    operations = [
        migrations.RunSQL(
            "CREATE TABLE attendance_calendarstate"
            " (id integer NOT NULL PRIMARY KEY, token varchar(36) NOT NULL)",
            "DROP TABLE attendance_calendarstate",
        )
    ]
