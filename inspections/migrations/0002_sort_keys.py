"""Stored sort keys, so that lists stand in Vietnamese order on every database (ADR 33)."""

import core.sorting
from django.db import migrations


def fill(apps, schema_editor):
    """The keys of the rows there are."""
    for name in ['Committee', 'Member']:
        core.sorting.fill_sort_keys(
            apps.get_model("inspections", name), using=schema_editor.connection.alias
        )


class Migration(migrations.Migration):

    dependencies = [
        ('inspections', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='committee',
            name='name_key',
            field=core.sorting.SortKeyField(default='', editable=False, kind='title_key', max_length=600, source='name', verbose_name='sort key'),
        ),
        migrations.AddField(
            model_name='member',
            name='name_key',
            field=core.sorting.SortKeyField(default='', editable=False, kind='sort_key', max_length=600, source='full_name', verbose_name='sort key'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
