"""The migrations of an empty database, run once and from then on repeated by their statements.

To run them takes seconds, nearly all of it for models that no database sees; the statements
take a tenth of it. Tests whose subject is not the migrations repeat them, on SQLite alone.
"""

import pickle

from django.utils import timezone

from lai_chau_edu.keeping import migrations, rebuilding

_usual = migrations.migrate_empty
_statements = {}  # by vendor and state: [(sql, parameters, whether for many rows)]


def migrate_empty(connection, state):
    """As `keeping.migrations.migrate_empty`, which it calls the first time."""
    if connection.vendor != "sqlite":
        _usual(connection, state)
        return
    key = (connection.vendor, tuple(state))
    if key in _statements:
        _repeat(connection, _statements[key])
        return
    noted = []

    def note(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        # What was asked changed nothing, but for the numbers of the next rows.
        if not str(sql).lstrip().upper().startswith("SELECT") or "setval" in str(sql):
            noted.append((sql, params, many))
        return result

    with connection.execute_wrapper(note):
        _usual(connection, state)
    _statements[key] = noted


def _repeat(connection, statements):
    with connection.cursor() as cursor:
        for sql, params, many in statements:
            (cursor.executemany if many else cursor.execute)(sql, params)
        cursor.execute("UPDATE django_migrations SET applied = %s", [timezone.now()])


def keep(path):
    """Write down what was run so far, for `install` in another process."""
    path.write_bytes(pickle.dumps(_statements))
    return path


def install(path=None):
    """Have this process repeat the migrations, those of a file made by `keep` from the start."""
    if path:
        with open(path, "rb") as file:
            _statements.update(pickle.load(file))
    rebuilding.migrate_empty = migrate_empty
