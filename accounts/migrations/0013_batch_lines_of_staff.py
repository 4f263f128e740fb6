import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_temporary_passwords_and_batches"),
    ]

    operations = [
        migrations.AddField(
            model_name="accountbatchline",
            name="person",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.staffmember",
                verbose_name="staff member",
            ),
        ),
    ]
