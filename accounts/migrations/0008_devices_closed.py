"""How often a person had devices closed."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_roles_are_kept'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='devices_closed',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
    ]
