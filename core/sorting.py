"""A stored key by which rows are sorted in Vietnamese order on every database (ADR 33)."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Literal, TypeAlias, TypeVar

from django.db import models

from . import vietnamese

Row = TypeVar("Row", bound=models.Model)
KeyKind: TypeAlias = Literal["title_key", "sort_key"]


class SortKeyField(models.CharField):
    """The sort key of another field of the row, written whenever the row is.

    Args:
        source: name of the field it is made from.
        kind: function of `core.vietnamese` that makes it: "title_key" or "sort_key".

    `save()` and `bulk_create()` fill it by themselves. `save(update_fields=…)`, `update()` and
    `bulk_update()` write only what they are told: `Sorted` and `SortedQuerySet` tell them.
    """

    def __init__(
        self, *args: Any, source: str = "name", kind: KeyKind = "title_key", **kwargs: Any
    ) -> None:
        self.source, self.kind = source, kind
        kwargs.setdefault("max_length", 600)
        kwargs["editable"] = False
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs |= {"source": self.source, "kind": self.kind}
        return name, path, args, kwargs

    def key_of(self, text: str | None) -> str:
        """The key of a text of the source field."""
        return getattr(vietnamese, self.kind)(text or "")

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        key = self.key_of(getattr(model_instance, self.source))
        setattr(model_instance, self.attname, key)
        return key


def sort_keys_of(model: type[models.Model]) -> list[SortKeyField]:
    """The sort keys of a model: list of `SortKeyField`."""
    return [field for field in model._meta.concrete_fields if isinstance(field, SortKeyField)]


class Sorted(models.Model):
    """Mixin: a key follows its source when only some fields are saved."""

    class Meta:
        abstract = True

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        if update_fields is not None:
            update_fields = with_sort_keys(type(self), update_fields)
        super().save(*args, update_fields=update_fields, **kwargs)


class SortedQuerySet(models.QuerySet[Row]):
    """Keys follow their sources in statements that write many rows."""

    def update(self, **values: Any) -> int:
        for field in sort_keys_of(self.model):
            if field.source in values and field.name not in values:
                if hasattr(values[field.source], "resolve_expression"):
                    raise TypeError(f"{field.source} is sorted by a key: save row by row.")
                values[field.name] = field.key_of(values[field.source])
        return super().update(**values)

    def bulk_create(
        self,
        objs: Iterable[Row],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Collection[str] | None = None,
        unique_fields: Collection[str] | None = None,
    ) -> list[Row]:
        if update_fields is not None:
            update_fields = with_sort_keys(self.model, update_fields)
        return super().bulk_create(
            objs, batch_size, ignore_conflicts, update_conflicts, update_fields, unique_fields
        )

    def bulk_update(
        self, objs: Iterable[Row], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        objs, fields = list(objs), list(fields)
        keys = [field for field in sort_keys_of(self.model) if field.source in fields]
        for row in objs:
            for field in keys:
                field.pre_save(row, add=False)
        return super().bulk_update(objs, with_sort_keys(self.model, fields), batch_size)


def with_sort_keys(model: type[models.Model], names: Iterable[str]) -> list[str]:
    """Names of fields with those of the sort keys made from them."""
    names = list(names)
    return names + [
        field.name
        for field in sort_keys_of(model)
        if field.source in names and field.name not in names
    ]


def fill_sort_keys(model: type[models.Model], *, using: str, batch: int = 2000) -> int:
    """Write the keys of every row anew, as a migration does; returns how many rows changed."""
    everything: models.QuerySet[models.Model] = models.QuerySet(model, using=using)
    written = 0
    for field in sort_keys_of(model):
        changed = []
        rows = everything.order_by("pk").only("pk", field.source, field.name)
        for row in rows.iterator(chunk_size=batch):
            key = field.key_of(getattr(row, field.source))
            if key != getattr(row, field.attname):
                setattr(row, field.attname, key)
                changed.append(row)
        everything.bulk_update(changed, [field.name], batch_size=batch)
        written += len(changed)
    return written
