"""Stored sort keys, so that lists stand in Vietnamese order on every database (ADR 33)."""

import core.sorting
from django.db import migrations


def fill(apps, schema_editor):
    """The keys of the rows there are."""
    for name in ['Area', 'School', 'SchoolClass', 'Site']:
        core.sorting.fill_sort_keys(
            apps.get_model("schools", name), using=schema_editor.connection.alias
        )


class Migration(migrations.Migration):

    dependencies = [
        ('schools', '0004_job_attempts'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='school',
            options={'ordering': ['name_key', 'pk'], 'verbose_name': 'school', 'verbose_name_plural': 'schools'},
        ),
        migrations.AlterModelOptions(
            name='schoolclass',
            options={'ordering': ['school_id', 'year_id', 'name_key', 'pk'], 'verbose_name': 'class', 'verbose_name_plural': 'classes'},
        ),
        migrations.AlterModelOptions(
            name='site',
            options={'ordering': ['-is_main', 'name_key', 'pk'], 'verbose_name': 'site', 'verbose_name_plural': 'sites'},
        ),
        migrations.AddField(
            model_name='area',
            name='name_key',
            field=core.sorting.SortKeyField(default='', editable=False, kind='title_key', max_length=600, source='name', verbose_name='sort key'),
        ),
        migrations.AddField(
            model_name='school',
            name='name_key',
            field=core.sorting.SortKeyField(default='', editable=False, kind='title_key', max_length=600, source='name', verbose_name='sort key'),
        ),
        migrations.AddField(
            model_name='schoolclass',
            name='name_key',
            field=core.sorting.SortKeyField(default='', editable=False, kind='title_key', max_length=600, source='name', verbose_name='sort key'),
        ),
        migrations.AddField(
            model_name='site',
            name='name_key',
            field=core.sorting.SortKeyField(default='', editable=False, kind='title_key', max_length=600, source='name', verbose_name='sort key'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
