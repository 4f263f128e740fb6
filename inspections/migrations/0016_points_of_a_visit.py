from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inspections", "0015_recommendations_followed")]

    operations = [
        migrations.AddField(
            model_name="visit",
            name="points",
            field=models.JSONField(
                blank=True, editable=False, null=True, verbose_name="points"
            ),
        ),
    ]
