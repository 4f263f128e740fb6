from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0016_reminder_mails_become_notifications'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='reminder',
            name='mail',
        ),
        migrations.DeleteModel(
            name='ReminderMail',
        ),
    ]
