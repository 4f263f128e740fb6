import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


def fill(apps, schema_editor):
    """The stored sentence stays readable, as the text of the code `other`."""
    runs = apps.get_model("reports", "ReportRun").objects.using(schema_editor.connection.alias)
    # Each row once: PostgreSQL alters no table of which a row was written twice before.
    for run in runs.iterator():
        runs.filter(pk=run.pk).update(
            heartbeat_at=run.heartbeat_at or run.made_at,
            problem_code="other" if run.problem else "",
            problem_params={"text": run.problem} if run.problem else {},
        )


def give_back(apps, schema_editor):
    """The sentence back, or one that says no more than the code did."""
    runs = apps.get_model("reports", "ReportRun").objects.using(schema_editor.connection.alias)
    other = runs.exclude(kind="monthly").count()
    if other:
        raise RuntimeError(f"{other} report runs are of types that the version before does not know")
    runs.filter(state="cancelled").update(state="failed", problem="Đã huỷ theo yêu cầu.")
    for run in runs.exclude(problem_code="").iterator():
        text = run.problem_params.get("text") or "Chưa lập được báo cáo. Hãy yêu cầu lại."
        runs.filter(pk=run.pk).update(problem=text)


class Migration(migrations.Migration):

    dependencies = [
        ("reports", "0003_flags_keep_what_was_found"),
    ]

    operations = [
        migrations.AddField("reportrun", "claimed_at", models.DateTimeField(blank=True, null=True, verbose_name='taken by a job at')),
        migrations.AddField("reportrun", "problem_code", models.CharField(blank=True, default="", max_length=40, verbose_name='code of the problem'), preserve_default=False),
        migrations.AddField("reportrun", "problem_params", models.JSONField(blank=True, default=dict, verbose_name='details of the problem')),
        migrations.AlterField("reportrun", "kind", models.CharField(max_length=40, verbose_name="report")),
        migrations.AlterField(
            "reportrun",
            "area",
            models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="schools.area"),
        ),
        migrations.AlterField("reportrun", "month", models.DateField(blank=True, null=True, verbose_name="month")),
        migrations.AlterField(
            "reportrun",
            "made_by",
            models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            "reportrun",
            "state",
            models.CharField(choices=[("waiting", "Waiting"), ("running", "Being made"), ("done", "Ready"), ("failed", "Stopped by a fault"), ("cancelled", "Cancelled on request")], default="waiting", max_length=12, verbose_name="state"),
        ),
        migrations.RunPython(fill, give_back),
        migrations.RemoveField("reportrun", "problem"),
        migrations.AlterField("reportrun", "heartbeat_at", models.DateTimeField(default=django.utils.timezone.now)),
    ]
