from django.db import migrations, models


class Migration(migrations.Migration):
    """Sentences of flags raised so far stay; a flag raised anew gets its finding instead."""

    dependencies = [
        ('reports', '0002_flag_names_its_indicator'),
    ]

    operations = [
        migrations.RenameField('flag', 'reason', 'written_reason'),
        migrations.AlterField(
            'flag',
            'written_reason',
            models.TextField(
                blank=True, default='', editable=False, verbose_name='reason as written'
            ),
        ),
        migrations.AddField(
            'flag',
            'finding',
            models.JSONField(editable=False, null=True, verbose_name='what was found'),
        ),
    ]
