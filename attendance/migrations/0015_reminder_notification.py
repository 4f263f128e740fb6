import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0014_reading_of_month_workbooks'),
        ('core', '0004_notifications'),
    ]

    operations = [
        migrations.AddField(
            model_name='reminder',
            name='notification',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.notification'),
        ),
    ]
