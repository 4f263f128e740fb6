from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inspections", "0017_supplements_of_a_part")]

    operations = [
        migrations.AddField(
            model_name="inspectionplan",
            name="proposed",
            field=models.JSONField(
                blank=True, editable=False, null=True, verbose_name="proposal"
            ),
        ),
    ]
