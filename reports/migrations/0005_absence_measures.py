import uuid

from django.db import migrations, models
from django.utils import timezone

NAMES = (
    *("reason_sick", "reason_family", "reason_harvest", "reason_weather"),
    *("reason_festival", "reason_work", "reason_marriage"),
    *("often_pupils", "often_absent", "very_often_pupils", "very_often_absent"),
)


def mark_stale(apps, schema_editor):
    """Every month counted so far is counted again, by the jobs as always."""
    alias = schema_editor.connection.alias
    stale = apps.get_model("reports", "StaleMonth")
    now = timezone.now()
    rows = [
        stale(school_id=school, school_class_id=each, month=month, token=uuid.uuid4(), marked_at=now)
        for school, each, month in apps.get_model("reports", "ClassCoverage")
        .objects.using(alias)
        .values_list("school_id", "school_class_id", "month")
        .iterator()
    ]
    stale.objects.using(alias).bulk_create(rows, batch_size=500, ignore_conflicts=True)


class Migration(migrations.Migration):

    dependencies = [
        ("reports", "0004_report_types"),
    ]

    operations = [
        *(
            migrations.AddField(model, name, models.IntegerField(default=0, db_default=0))
            for model in ("classmonth", "schoolmonth")
            for name in NAMES
        ),
        migrations.RunPython(mark_stale, migrations.RunPython.noop),
    ]
