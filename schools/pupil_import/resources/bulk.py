"""Writing many rows with their history."""

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from django.db.models import Model
from django.utils import timezone
from simple_history.utils import bulk_update_with_history

from core.types import User

CHUNK = 500
Row = TypeVar("Row", bound=Model)


def write_changed(
    model: type[Row], instances: Collection[Row], fields: Sequence[str], *, by: User | None
) -> None:
    """Update many saved rows and write their history, in bulk.

    An upsert by primary key: ten times faster here than `bulk_update`, whose CASE has a
    branch for each row and field.
    """
    if not instances:
        return
    model._default_manager.bulk_create(
        instances,
        batch_size=CHUNK,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=fields,
    )
    bulk_update_with_history(instances, model, (), CHUNK, default_user=by)


def delete_written(model: type[Any], instances: Sequence[Model], *, by: User | None) -> None:
    """Delete many rows on which nothing hangs and write it into their history, in bulk.

    Django would send a signal and write the history row by row.
    """
    if not instances:
        return
    names = [field.attname for field in model.history.model.tracked_fields]
    now = timezone.now()
    model.history.model.objects.bulk_create(
        [
            model.history.model(
                **{name: getattr(each, name) for name in names},
                history_date=now,
                history_user=by,
                history_type="-",
            )
            for each in instances
        ],
        batch_size=CHUNK,
    )
    for start in range(0, len(instances), CHUNK):
        rows = model.objects.filter(pk__in=[each.pk for each in instances[start : start + CHUNK]])
        rows._raw_delete(rows.db)
