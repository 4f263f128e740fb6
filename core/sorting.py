"""A stored key by which rows are sorted in Vietnamese order on every database (ADR 33)."""

from django.db import models

from . import vietnamese


class SortKeyField(models.CharField):
    """The sort key of another field of the row, written whenever the row is.

    Args:
        source: name of the field it is made from.
        kind: function of `core.vietnamese` that makes it: "title_key" or "sort_key".

    `save()` and `bulk_create()` fill it by themselves. `save(update_fields=…)`, `update()` and
    `bulk_update()` write only what they are told: `Sorted` and `SortedQuerySet` tell them.
    """

    def __init__(self, *args, source="name", kind="title_key", **kwargs):
        self.source, self.kind = source, kind
        kwargs.setdefault("max_length", 600)
        kwargs["editable"] = False
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs |= {"source": self.source, "kind": self.kind}
        return name, path, args, kwargs

    def key_of(self, text):
        """The key of a text of the source field."""
        return getattr(vietnamese, self.kind)(text or "")

    def pre_save(self, model_instance, add):
        key = self.key_of(getattr(model_instance, self.source))
        setattr(model_instance, self.attname, key)
        return key


def sort_keys_of(model):
    """The sort keys of a model: list of `SortKeyField`."""
    return [field for field in model._meta.concrete_fields if isinstance(field, SortKeyField)]


class Sorted(models.Model):
    """Mixin: a key follows its source when only some fields are saved."""

    class Meta:
        abstract = True

    def save(self, *args, update_fields=None, **kwargs):
        if update_fields is not None:
            update_fields = with_sort_keys(type(self), update_fields)
        super().save(*args, update_fields=update_fields, **kwargs)


class SortedQuerySet(models.QuerySet):
    """Keys follow their sources in statements that write many rows."""

    def update(self, **values):
        for field in sort_keys_of(self.model):
            if field.source in values and field.name not in values:
                if hasattr(values[field.source], "resolve_expression"):
                    raise TypeError(f"{field.source} is sorted by a key: save row by row.")
                values[field.name] = field.key_of(values[field.source])
        return super().update(**values)

    update.alters_data = True

    def bulk_create(self, objs, *args, update_fields=None, **more):
        if update_fields is not None:
            update_fields = with_sort_keys(self.model, update_fields)
        return super().bulk_create(objs, *args, update_fields=update_fields, **more)

    bulk_create.alters_data = True

    def bulk_update(self, objs, fields, **more):
        objs = list(objs)
        keys = [field for field in sort_keys_of(self.model) if field.source in fields]
        for row in objs:
            for field in keys:
                field.pre_save(row, add=False)
        return super().bulk_update(objs, with_sort_keys(self.model, fields), **more)

    bulk_update.alters_data = True


def with_sort_keys(model, names):
    """Names of fields with those of the sort keys made from them."""
    names = list(names)
    return names + [
        field.name
        for field in sort_keys_of(model)
        if field.source in names and field.name not in names
    ]


def fill_sort_keys(model, *, using, batch=2000):
    """Write the keys of every row anew, as a migration does; returns how many rows changed."""
    written = 0
    for field in sort_keys_of(model):
        changed = []
        rows = (
            models.QuerySet(model, using=using).order_by("pk").only("pk", field.source, field.name)
        )
        for row in rows.iterator(chunk_size=batch):
            key = field.key_of(getattr(row, field.source))
            if key != getattr(row, field.attname):
                setattr(row, field.attname, key)
                changed.append(row)
        models.QuerySet(model, using=using).bulk_update(changed, [field.name], batch_size=batch)
        written += len(changed)
    return written
