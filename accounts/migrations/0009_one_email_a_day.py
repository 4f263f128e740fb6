from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_devices_closed'),
    ]

    operations = [
        migrations.AlterField(
            model_name='user',
            name='wants_reminders',
            field=models.BooleanField(default=True, help_text='One e-mail a day at most, and only when a register is missing.', verbose_name='wants reminders by e-mail'),
        ),
    ]
