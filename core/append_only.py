"""Tables whose rows are written once: the database refuses to change or delete one.

A model says so with `append_only = True`, and names in `blankable` the columns that may be
emptied, never rewritten: a child's record is made anonymous after its time (law 91/2025), and
its name must not stay in the story. The triggers are installed after each migrate, because
SQLite rebuilds a table to change it and drops its triggers. Emptying a whole table (a restore,
TRUNCATE) is the work of who owns the database, and stays possible there.
"""

from collections.abc import Iterator

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model

FUNCTION = "core_refuse_change"
EMPTY = "('', '{}')"


def install_triggers(sender: AppConfig, using: str = DEFAULT_DB_ALIAS, **kwargs: object) -> None:
    """post_migrate receiver: guard the append-only tables of the app."""
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for model in models(sender):
            if model._meta.db_table in existing:
                for statement in _statements(connection.vendor, model):
                    cursor.execute(statement)


def models(app: AppConfig) -> list[type[Model]]:
    """The append-only models of an app."""
    return [model for model in app.get_models() if getattr(model, "append_only", False)]


def triggers(model: type[Model]) -> list[tuple[str, str]]:
    """(name, event) of the triggers of a table."""
    table = model._meta.db_table
    return [(f"{table}_no_{event.lower()}", event) for event in ("UPDATE", "DELETE")]


def _statements(vendor: str, model: type[Model]) -> Iterator[str]:
    table = model._meta.db_table
    if vendor == "postgresql":
        yield (
            f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS "
            "$$BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME "
            "USING ERRCODE = 'integrity_constraint_violation'; END$$"
        )
    for name, event in triggers(model):
        when = f"WHEN (NOT ({_only_emptied(vendor, model)})) " if event == "UPDATE" else ""
        if vendor == "postgresql":
            yield (
                f'CREATE OR REPLACE TRIGGER "{name}" BEFORE {event} ON "{table}" '
                f"FOR EACH ROW {when}EXECUTE FUNCTION {FUNCTION}()"
            )
        else:
            yield f'DROP TRIGGER IF EXISTS "{name}"'
            yield (
                f'CREATE TRIGGER "{name}" BEFORE {event} ON "{table}" {when}'
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _only_emptied(vendor: str, model: type[Model]) -> str:
    """SQL: nothing is changed but blankable columns, and those are as before or empty."""
    same = "IS NOT DISTINCT FROM" if vendor == "postgresql" else "IS"
    text = "::text" if vendor == "postgresql" else ""
    blankable = getattr(model, "blankable", ())
    return " AND ".join(
        f'(NEW."{column}"{text} IN {EMPTY} OR NEW."{column}" {same} OLD."{column}")'
        if field.name in blankable
        else f'NEW."{column}" {same} OLD."{column}"'
        for field in model._meta.concrete_fields
        for column in [field.column]
    )
