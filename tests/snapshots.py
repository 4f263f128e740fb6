"""What a builder writes into an empty database, built once in a process and written again.

Most tests ask for the small province of `tests.world`: a hundred rows with their signals, checks
and histories. Copied, they are one statement for each table.
"""

import copy

from django.apps import apps
from django.db import connection, transaction


class Snapshot:
    """The rows that `build` adds, and what it returns.

    What it returns must hold models and plain values alone: each test gets a copy of its own.
    The rows keep their keys; those that the test adds come after them.
    """

    _all = []

    def __init__(self, build):
        self._all.append(self)
        self._build = build
        self._built = None
        self._statements = []
        self._keys_go_on = ""

    def __call__(self):
        """What `build` returned, with its rows in the database; built the first time."""
        if self._built is None:
            before = stored_rows()
            built = self._build()
            after = stored_rows()
            self._statements = list(insertions(before, after))
            self._keys_go_on = _keys_beyond(after)
            self._built = copy.deepcopy(built)
            return built
        # In one transaction: rows refer to those of tables that come after their own.
        with transaction.atomic(), connection.cursor() as cursor:
            for statement, values in self._statements:
                cursor.execute(statement, values)
            if self._keys_go_on:
                cursor.execute(self._keys_go_on)
        return copy.deepcopy(self._built)

    @classmethod
    def forget_all(cls):
        """Build each anew next time; keys that the database gives may have begun again."""
        for each in cls._all:
            each._built = None


def stored_rows():
    """{(table, columns): {key: row}} of the whole database; generated columns left out."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if model._meta.proxy or not model._meta.managed:
                continue
            fields = [field for field in model._meta.local_concrete_fields if not field.generated]
            names = [connection.ops.quote_name(field.column) for field in fields]
            table = connection.ops.quote_name(model._meta.db_table)
            key = fields.index(model._meta.pk)
            cursor.execute(f"SELECT {', '.join(names)} FROM {table}")
            rows = cursor.fetchall()
            found[table, ", ".join(names)] = {row[key]: row for row in rows}
    return found


def insertions(before, after):
    """(statement, values) for each table that has new rows.

    Raises AssertionError when a row that was there is another now or gone: that cannot be copied.
    """
    for (table, names), rows in after.items():
        old = before[table, names]
        assert all(rows.get(key) == row for key, row in old.items()), table
        new = [row for key, row in rows.items() if key not in old]
        if new:
            row = f"({', '.join(['%s'] * len(new[0]))})"
            yield (
                f"INSERT INTO {table} ({names}) VALUES {', '.join([row] * len(new))}",
                [value for each in new for value in each],
            )


def _keys_beyond(rows):
    """A query after which PostgreSQL gives keys beyond those of the rows; "" elsewhere.

    A test that fills an empty table with keys of its own sets their sequence back.
    """
    if connection.vendor != "postgresql":
        return ""
    highest = {table.strip('"'): max(found) for (table, _names), found in rows.items() if found}
    calls = []
    with connection.cursor() as cursor:
        for table, key in highest.items():
            for each in connection.introspection.get_sequences(cursor, table):
                sequence = connection.ops.quote_name(each["name"])
                last = f"(SELECT last_value FROM {sequence})"
                calls.append(f"setval('{sequence}', GREATEST({key}, {last}))")
    return f"SELECT {', '.join(calls)}"
