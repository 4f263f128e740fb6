from django.db import migrations, models

from core.vietnamese import fold

BATCH = 500
LONGEST = 2_000


def fill(apps, schema_editor):
    """What recommendations are found by, and when they were last opened again."""
    alias = schema_editor.connection.alias
    recommendations = apps.get_model("inspections", "Recommendation").objects.using(alias)
    events = apps.get_model("core", "Event").objects.using(alias)
    reopened = dict(
        events.filter(kind="recommendation.reopened", object_type="inspections.recommendation")
        .order_by("at")
        .values_list("object_id", "at")
    )
    changed = []
    for each in recommendations.order_by("pk").iterator(chunk_size=BATCH):
        each.search_text = fold(f"{each.text} {each.owner}")[:LONGEST]
        each.reopened_at = reopened.get(str(each.pk))
        changed.append(each)
    recommendations.bulk_update(changed, ["search_text", "reopened_at"], batch_size=BATCH)


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0006_pending_uploads"),
        ("inspections", "0014_papers_of_visits"),
    ]

    operations = [
        migrations.AddField(
            model_name="recommendation",
            name="reopened_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="opened again at"),
        ),
        migrations.AddField(
            model_name="recommendation",
            name="told_above",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, verbose_name="levels told"
            ),
        ),
        migrations.AddField(
            model_name="recommendation",
            name="search_text",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                max_length=2000,
                verbose_name="found by",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
