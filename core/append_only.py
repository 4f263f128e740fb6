"""Tables whose rows are written once: the database refuses to change or delete one.

A model says so with `append_only = True`. The triggers are installed after each migrate,
because SQLite rebuilds a table to change it and drops its triggers. Emptying a whole table
(a restore, TRUNCATE) is the work of who owns the database, and stays possible there.
"""

from django.db import DEFAULT_DB_ALIAS, connections

FUNCTION = "core_refuse_change"


def install_triggers(sender, using=DEFAULT_DB_ALIAS, **kwargs):
    """post_migrate receiver: guard the append-only tables of the app."""
    connection = connections[using]
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table in tables(sender):
            if table in existing:
                for statement in _statements(connection.vendor, table):
                    cursor.execute(statement)


def tables(app):
    """Names of the append-only tables of an app."""
    return [
        model._meta.db_table for model in app.get_models() if getattr(model, "append_only", False)
    ]


def triggers(table):
    """(name, event) of the triggers of a table."""
    return [(f"{table}_no_{event.lower()}", event) for event in ("UPDATE", "DELETE")]


def _statements(vendor, table):
    if vendor == "postgresql":
        yield (
            f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS "
            "$$BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME "
            "USING ERRCODE = 'integrity_constraint_violation'; END$$"
        )
    for name, event in triggers(table):
        if vendor == "postgresql":
            yield (
                f'CREATE OR REPLACE TRIGGER "{name}" BEFORE {event} ON "{table}" '
                f"FOR EACH ROW EXECUTE FUNCTION {FUNCTION}()"
            )
        else:
            yield f'DROP TRIGGER IF EXISTS "{name}"'
            yield (
                f'CREATE TRIGGER "{name}" BEFORE {event} ON "{table}" '
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
