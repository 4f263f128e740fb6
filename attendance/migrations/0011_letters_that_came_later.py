"""Who kept the letter of a leave, and when; so far always who recorded the leave, then.

The rule that both are known is a migration of its own: PostgreSQL alters no table in the
transaction that has just written keys into it.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def name_who_recorded(apps, schema_editor):
    leaves = apps.get_model("attendance", "PlannedLeave").objects
    leaves.using(schema_editor.connection.alias).exclude(letter="").update(
        letter_by=models.F("recorded_by"), letter_at=models.F("recorded_at")
    )


class Migration(migrations.Migration):
    dependencies = [
        ("attendance", "0010_reopenings_closed_again"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "plannedleave",
            "letter_at",
            models.DateTimeField(blank=True, null=True, verbose_name="letter kept"),
        ),
        migrations.AddField(
            "plannedleave",
            "letter_by",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunPython(name_who_recorded, migrations.RunPython.noop),
    ]
