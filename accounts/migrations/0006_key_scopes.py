"""What a key is for, and when it was last refused; keys end 90 days from here at the latest."""

import datetime

from django.db import migrations, models
from django.utils import timezone

MOST = datetime.timedelta(days=90)


def shorten(apps, schema_editor):
    """Keys made for longer go on until the day to which a new one could be made."""
    last = timezone.now() + MOST
    # Of the database that is migrated: a move makes the tables of its target beside the source.
    keys = apps.get_model("accounts", "ApiToken").objects.using(schema_editor.connection.alias)
    keys.filter(expires_at__gt=last).update(expires_at=last)


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0005_failed_attempts_and_browsers"),
    ]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="refused_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        # A key that is there already goes on doing what it did.
        migrations.AddField(
            model_name="apitoken",
            name="scopes",
            field=models.CharField(
                default="figures,rolls,registers", max_length=60, verbose_name="may"
            ),
        ),
        migrations.RunPython(shorten, migrations.RunPython.noop, elidable=True),
    ]
