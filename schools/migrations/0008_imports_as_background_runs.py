import datetime

from django.db import migrations, models

KEPT_FOR = datetime.timedelta(hours=24)


def fill(apps, schema_editor):
    """The end of life of every upload; the problem of a file out of its preview."""
    batches = apps.get_model("schools", "ImportBatch").objects.using(schema_editor.connection.alias)
    for batch in batches.only("preview", "made_at").iterator():
        problem = batch.preview.pop("problem", None)
        batches.filter(pk=batch.pk).update(
            preview=batch.preview,
            expires_at=batch.made_at + KEPT_FOR,
            problem_code=problem["code"] if problem else "",
            problem_params=problem["params"] if problem else {},
        )


def give_back(apps, schema_editor):
    """The problem of a file back into its preview; a cancelled upload was not saved in time."""
    batches = apps.get_model("schools", "ImportBatch").objects.using(schema_editor.connection.alias)
    # Each row once: PostgreSQL alters no table of which a row was written twice before.
    batches.filter(state="cancelled").update(state="expired")
    for batch in batches.exclude(problem_code="").iterator():
        problem = {"code": batch.problem_code, "params": batch.problem_params}
        batches.filter(pk=batch.pk).update(preview=batch.preview | {"problem": problem})


class Migration(migrations.Migration):

    dependencies = [
        ("schools", "0007_rules_and_jobs_to_core"),
    ]

    operations = [
        # What was tried how often is known to the records of jobs alone.
        migrations.RemoveField("importbatch", "attempts"),
        migrations.AddField("importbatch", "claimed_at", models.DateTimeField(blank=True, null=True, verbose_name='taken by a job at')),
        migrations.AddField("importbatch", "expires_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("importbatch", "problem_code", models.CharField(blank=True, default="", max_length=40, verbose_name='code of the problem'), preserve_default=False),
        migrations.AddField("importbatch", "problem_params", models.JSONField(blank=True, default=dict, verbose_name='details of the problem')),
        migrations.AlterField(
            "importbatch",
            "state",
            models.CharField(choices=[("checking", "Checking the file"), ("ready", "Ready to save"), ("refused", "Needs mending"), ("saving", "Saving"), ("done", "Saved"), ("failed", "Stopped by a fault"), ("cancelled", "Cancelled on request"), ("expired", "Not saved in time")], default="checking", max_length=12, verbose_name="state"),
        ),
        migrations.RunPython(fill, give_back),
    ]
