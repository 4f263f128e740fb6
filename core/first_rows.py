"""Rows that migrating writes into a table while it has none."""

from typing import Any

from django.db import connections
from django.db.models import Model


def is_there(model: type[Model], using: str) -> bool:
    """Whether the table is there yet: `migrate APP` on a new database asks before it is."""
    return model._meta.db_table in connections[using].introspection.table_names()


def write_first_rows(model: type[Model], rows: list[Any], using: str) -> None:
    """Write the rows into a database, unless the table has some or is not there yet."""
    manager = model._default_manager.using(using)
    if is_there(model, using) and not manager.exists():
        manager.bulk_create(rows)
