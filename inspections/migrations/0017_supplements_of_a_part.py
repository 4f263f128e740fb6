import django.db.models.deletion
from django.db import migrations, models

# How a line that came late begins, and what a line on pupils counted says after its school.
LATE = "Ghi tại chỗ"
COUNTED = ": đếm được "


def fill(apps, schema_editor):
    """Late lines of before: what they are about stands in their words alone.

    One whose part cannot be told is read by the commune alone, as a household is.
    """
    rows = apps.get_model("inspections", "Supplement").objects.using(schema_editor.connection.alias)
    item = apps.get_model("inspections", "ChecklistItem").objects
    school = apps.get_model("schools", "School").objects
    questions = {text for text in item.values_list("text", flat=True)}
    schools = sorted(school.values_list("name", "pk"), key=lambda each: -len(each[0]))
    for row in rows.filter(text__startswith=LATE):
        line = row.text.partition(". ")[2]
        of = [pk for name, pk in schools if line.startswith(f"{name}, ")]
        if COUNTED in line and of:
            row.part, row.school_id = "counts", of[0]
        elif any(line.startswith(f"{text}: ") for text in questions):
            row.part = "checklist"
        else:
            row.part = "households"
        row.save(update_fields=["part", "school"])


class Migration(migrations.Migration):
    dependencies = [
        ("schools", "0017_exported_pupil_lists"),
        ("inspections", "0016_points_of_a_visit"),
    ]

    operations = [
        migrations.AddField(
            model_name="supplement",
            name="part",
            field=models.CharField(
                blank=True,
                choices=[
                    ("checklist", "Checklist"),
                    ("counts", "Pupils counted"),
                    ("households", "Households"),
                ],
                db_default="",
                default="",
                max_length=10,
                verbose_name="part of the visit",
            ),
        ),
        migrations.AddField(
            model_name="supplement",
            name="school",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="schools.school",
                verbose_name="school",
            ),
        ),
        migrations.AddConstraint(
            model_name="supplement",
            constraint=models.CheckConstraint(
                condition=models.Q(part="counts", school__isnull=False)
                | (~models.Q(part="counts") & models.Q(school__isnull=True)),
                name="supplement_on_a_count_names_its_school",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
