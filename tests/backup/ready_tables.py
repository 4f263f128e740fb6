"""Tables as the migrations make them, made by them once in a run and copied from then on.

Most tests of backup and move look at what comes into the tables. All migrations one after the
other take many times as long as the rest of such a test.
"""

import functools
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from django.db.migrations.recorder import MigrationRecorder

from operations.backup import migration_state

from .databases import address, empty_database, engine_name

# Of the text of pg_dump: settings of its own session, and commands to psql.
NOT_A_TABLE = re.compile(r"^(--|SET |SELECT pg_catalog\.set_config|\\)")


def migrate_empty(connection, state):
    """As `migration_state.migrate_empty`, which it calls for any state but the newest."""
    wanted, statements = newest(engine_name(connection))
    if sorted(state) != wanted:
        migration_state.migrate_empty(connection, state)
        return
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    recorder = MigrationRecorder(connection)
    for name in wanted:
        recorder.record_applied(*name.split(".", 1))


@functools.cache
def newest(engine):
    """(sorted newest state, statements that make its tables) of an engine."""
    with (
        tempfile.TemporaryDirectory() as folder,
        empty_database(engine, Path(folder), alias="ready") as connection,
    ):
        loader = migration_state.MigrationExecutor(connection).loader
        migration_state.migrate_empty(connection, [".".join(key) for key in loader.graph.nodes])
        read = _of_sqlite if connection.vendor == "sqlite" else _of_postgresql
        # With the names of those that a squashed one stands for.
        return migration_state.applied(connection), read(connection)


def can_copy(engine):
    """Whether the tables of an engine can be read as statements on this computer."""
    return engine == "sqlite3" or shutil.which("pg_dump") is not None


def _of_sqlite(connection):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
            " ORDER BY type DESC, rowid"
        )
        return [row[0] for row in cursor.fetchall()]


def _of_postgresql(connection):
    command = ["pg_dump", "--schema-only", "--no-owner", "--no-privileges", address(connection)]
    dumped = subprocess.run(
        command, env=os.environ | {"PGTZ": "UTC"}, capture_output=True, text=True, check=True
    ).stdout
    lines = [line for line in dumped.splitlines() if not NOT_A_TABLE.match(line)]
    return ["\n".join(lines)]
