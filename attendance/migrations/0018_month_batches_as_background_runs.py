import datetime

import django.utils.timezone
from django.db import migrations, models

KEPT_FOR = datetime.timedelta(hours=24)


def fill(apps, schema_editor):
    """Pulse and end of life of every upload; the problem of a file out of what it says."""
    batches = apps.get_model("attendance", "MonthBatch").objects.using(schema_editor.connection.alias)
    # Each row once: PostgreSQL alters no table of which a row was written twice before.
    for batch in batches.iterator():
        problem = batch.content.pop("problem", None)
        if problem is None and batch.state == "failed":
            problem = {"code": "crashed", "params": {}}
        batches.filter(pk=batch.pk).update(
            content=batch.content,
            heartbeat_at=batch.heartbeat_at or batch.made_at,
            expires_at=batch.made_at + KEPT_FOR,
            problem_code=problem["code"] if problem else "",
            problem_params=problem["params"] if problem else {},
        )


def give_back(apps, schema_editor):
    """The problem of a file back into what it says; a cancelled upload was not sent in time."""
    batches = apps.get_model("attendance", "MonthBatch").objects.using(schema_editor.connection.alias)
    batches.filter(state="cancelled").update(state="expired")
    for batch in batches.filter(state="refused").exclude(problem_code="").iterator():
        problem = {"code": batch.problem_code, "params": batch.problem_params}
        batches.filter(pk=batch.pk).update(content=batch.content | {"problem": problem})


class Migration(migrations.Migration):

    dependencies = [
        ("attendance", "0017_remove_reminder_mails"),
    ]

    operations = [
        migrations.RenameField("monthbatch", "read_from", "heartbeat_at"),
        migrations.AddField("monthbatch", "claimed_at", models.DateTimeField(blank=True, null=True, verbose_name='taken by a job at')),
        migrations.AddField("monthbatch", "rows_done", models.PositiveIntegerField(default=0)),
        migrations.AddField("monthbatch", "rows_total", models.PositiveIntegerField(default=0)),
        migrations.AddField("monthbatch", "expires_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("monthbatch", "problem_code", models.CharField(blank=True, default="", max_length=40, verbose_name='code of the problem'), preserve_default=False),
        migrations.AddField("monthbatch", "problem_params", models.JSONField(blank=True, default=dict, verbose_name='details of the problem')),
        migrations.AlterField(
            "monthbatch",
            "state",
            models.CharField(choices=[("reading", "Being read"), ("ready", "Ready to send"), ("refused", "Needs mending"), ("failed", "Not read, by a fault of the program"), ("done", "Sent"), ("cancelled", "Cancelled on request"), ("expired", "Not sent in time")], default="reading", max_length=12, verbose_name="state"),
        ),
        migrations.RunPython(fill, give_back),
        migrations.AlterField("monthbatch", "heartbeat_at", models.DateTimeField(default=django.utils.timezone.now)),
    ]
