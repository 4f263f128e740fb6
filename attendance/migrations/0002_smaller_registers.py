"""The same facts in less room: no second copy of the content, rolls packed, indexes that a
unique rule already serves taken away. See docs/performance.md, storage.

Rolls are packed row by row: the old column is renamed, copied, and dropped.
"""

import django.db.models.deletion
from django.db import migrations, models

import attendance.models.pupil_ids

BATCH = 5000


def _copy(apps, schema_editor, source, target, convert):
    Revision = apps.get_model("attendance", "RegisterRevision")
    rows = Revision.objects.using(schema_editor.connection.alias)
    waiting = []
    for revision in rows.only("pk", source).iterator(BATCH):
        setattr(revision, target, convert(getattr(revision, source)))
        waiting.append(revision)
        if len(waiting) == BATCH:
            rows.bulk_update(waiting, [target])
            waiting = []
    rows.bulk_update(waiting, [target])


def pack_rolls(apps, schema_editor):
    _copy(apps, schema_editor, "roll_json", "roll", sorted)


def unpack_rolls(apps, schema_editor):
    _copy(apps, schema_editor, "roll", "roll_json", list)


def foreign_key(to, related_name, on_delete=django.db.models.deletion.PROTECT):
    return models.ForeignKey(
        db_index=False, on_delete=on_delete, related_name=related_name, to=to
    )


class Migration(migrations.Migration):
    dependencies = [("attendance", "0001_initial")]

    operations = [
        migrations.RenameField("registerrevision", "roll", "roll_json"),
        migrations.AddField(
            "registerrevision",
            "roll",
            attendance.models.pupil_ids.PupilIdsField(default=list),
        ),
        migrations.RunPython(pack_rolls, unpack_rolls),
        migrations.RemoveField("registerrevision", "roll_json"),
        migrations.RemoveField("registerrevision", "content_hash"),
        migrations.AlterField("register", "school", foreign_key("schools.school", "registers")),
        migrations.AlterField(
            "register", "school_class", foreign_key("schools.schoolclass", "registers")
        ),
        migrations.AlterField("absence", "school", foreign_key("schools.school", "+")),
        migrations.AlterField(
            "absence",
            "register",
            foreign_key("attendance.register", "absences", django.db.models.deletion.CASCADE),
        ),
        migrations.AlterField("registerrevision", "school", foreign_key("schools.school", "+")),
        migrations.AlterField(
            "registerrevision", "register", foreign_key("attendance.register", "revisions")
        ),
    ]
