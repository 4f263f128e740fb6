"""A flag names the indicator whose rule was met, so that others than attendance can be flagged.

Every flag raised until now is of attendance. The way back refuses while there are flags of
another indicator: two of one rule would stand in the same place.
"""

from django.db import migrations, models


def refuse_other_indicators(apps, schema_editor):
    flags = apps.get_model("reports", "Flag").objects.using(schema_editor.connection.alias)
    others = flags.exclude(indicator="attendance").count()
    if others:
        raise RuntimeError(
            f"{others} flags are of other indicators than attendance; a table without the "
            "indicator cannot hold them."
        )


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="flag",
            name="indicator",
            field=models.CharField(
                default="attendance", max_length=30, verbose_name="indicator"
            ),
            preserve_default=False,
        ),
        migrations.RemoveConstraint(model_name="flag", name="one_flag_per_rule_and_month"),
        migrations.AddConstraint(
            model_name="flag",
            constraint=models.UniqueConstraint(
                fields=("commune", "level", "month", "indicator", "rule"),
                name="one_flag_per_rule_and_month",
            ),
        ),
        migrations.AddConstraint(
            model_name="flag",
            constraint=models.CheckConstraint(
                condition=models.Q(("indicator", ""), _negated=True),
                name="flag_names_its_indicator",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, refuse_other_indicators),
    ]
