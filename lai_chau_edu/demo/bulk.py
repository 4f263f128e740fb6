"""Writing a great many rows at once: COPY on PostgreSQL, one prepared INSERT on SQLite."""

import datetime
import io
import json

from django.core.management.color import no_style
from django.db import connection, models

ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def insert(model, names, rows):
    """Insert rows of plain values, keys included; returns nothing.

    Args:
        names: names of fields or of their columns ("school_id").
        rows: iterable of tuples in that order. A moment is aware, JSON a list or dict, an
            operation id a UUID, a packed roll bytes.
    Call `reset_sequences` once all is written.
    """
    fields = [_field(model, name) for name in names]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    into = f'"{model._meta.db_table}" ({columns})'
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            convert = [_for_copy(field) for field in fields]
            text = "".join(
                "\t".join([turn(value) for turn, value in zip(convert, row, strict=True)]) + "\n"
                for row in rows
            )
            cursor.copy_expert(f"COPY {into} FROM STDIN", io.StringIO(text))
        else:
            convert = [_for_sqlite(field) for field in fields]
            places = ", ".join(["%s"] * len(fields))
            cursor.executemany(
                f"INSERT INTO {into} VALUES ({places})",
                [
                    tuple(turn(value) for turn, value in zip(convert, row, strict=True))
                    for row in rows
                ],
            )


def next_id(model):
    """The first key that is free."""
    return (model.objects.aggregate(last=models.Max("pk"))["last"] or 0) + 1


def reset_sequences(*written):
    """Let the database number on after rows that brought their own keys."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), written):
            cursor.execute(statement)


def _field(model, name):
    return next(
        field for field in model._meta.concrete_fields if name in (field.name, field.column)
    )


def _for_copy(field):
    if isinstance(field, models.BinaryField):
        return lambda value: f"\\\\x{value.hex()}"
    if isinstance(field, models.JSONField):
        return lambda value: json.dumps(value).translate(ESCAPES)
    if isinstance(field, (models.CharField, models.TextField)):
        return lambda value: value.translate(ESCAPES)
    return lambda value: "\\N" if value is None else str(value)


def _for_sqlite(field):
    if isinstance(field, models.DateTimeField):
        return lambda value: value and str(value.astimezone(datetime.UTC).replace(tzinfo=None))
    if isinstance(field, models.DateField):
        return lambda value: value and value.isoformat()
    if isinstance(field, models.UUIDField):
        return lambda value: value.hex
    if isinstance(field, models.JSONField):
        return json.dumps
    return lambda value: value
