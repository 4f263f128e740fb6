"""The database as the migrations left it, after a test that committed.

Django empties every table and makes the first rows anew: on PostgreSQL that is some nine hundred
files made and flushed for one such test, seconds of a busy disk. Here only the tables that hold
rows are emptied, and the first rows come back with the keys they had: a `Snapshot` stays good.
"""

from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction

from tests.snapshots import insertions, stored_rows


class FirstRows:
    """What the migrations left, read before the first test."""

    def __init__(self):
        found = stored_rows()
        self._statements = list(insertions({table: {} for table in found}, found))
        self._tables = [table.strip('"') for (table, _columns), rows in found.items() if rows]

    def put_back(self):
        """Remove every row and write the first ones again, whatever the tables refuse."""
        if not _lets_triggers_rest():
            call_command("flush", interactive=False, verbosity=0)
            return
        with transaction.atomic(), connection.cursor() as cursor:
            triggers = _put_triggers_to_rest(cursor)
            for table in _filled_tables(cursor):
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
            for statement, values in self._statements:
                cursor.execute(statement, values)
            # A test that let the keys begin again must not leave them below those of these rows.
            models = connection.introspection.installed_models(self._tables)
            for statement in connection.ops.sequence_reset_sql(no_style(), models):
                cursor.execute(statement)
            for statement in triggers:
                cursor.execute(statement)


def _lets_triggers_rest():
    """Whether triggers can be set aside here: PostgreSQL allows a superuser alone."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser')")
        return cursor.fetchone()[0] == "on"


def _put_triggers_to_rest(cursor):
    """Let rows of append-only tables go; returns the statements that end this."""
    if connection.vendor == "postgresql":
        cursor.execute("SET LOCAL session_replication_role = replica")
        return []
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = cursor.fetchall()
    for name, _statement in triggers:
        cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")
    return [statement for _name, statement in triggers]


def _filled_tables(cursor):
    """Names of the tables that hold a row."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    looks = [
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})"
        for table in tables
    ]
    cursor.execute(" UNION ALL ".join(looks))
    return [table for (table,) in cursor.fetchall()]
