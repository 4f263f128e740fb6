"""Reading and writing whole tables of PostgreSQL, with COPY. See `engines` for what each does."""

import contextlib
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from .streams import Sink, Source
from .tables import Table

BUFFER = 256 * 1024  # bytes
# Whoever restores while the product runs is told so instead of waiting for ever.
LOCK_TIMEOUT = "20s"
OUTPUT = """
    SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC';
    SET LOCAL extra_float_digits = 1; SET LOCAL statement_timeout = 0;
"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid), contype
    FROM pg_constraint
    WHERE (conrelid::regclass = ANY(%s::regclass[]) AND contype IN ('f', 'p', 'u', 'x'))
      -- A table that is not loaded may stand on the key of one that is.
      OR (confrelid::regclass = ANY(%s::regclass[]) AND contype = 'f')
    ORDER BY contype = 'f' DESC, conname
"""
INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
    FROM pg_index
    WHERE indrelid::regclass = ANY(%s::regclass[])
      AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f')
    ORDER BY 1
"""


@contextlib.contextmanager
def snapshot(connection: BaseDatabaseWrapper) -> Iterator[None]:
    with transaction.atomic(using=connection.alias, durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute(OUTPUT)
        yield


def copy_out(connection: BaseDatabaseWrapper, table: Table, sink: Sink) -> None:
    names = ", ".join(_quoted(column.name) for column in table.columns)
    collation = ' COLLATE "C"' if table.key_column.kind == "text" else ""
    statement = (
        f"COPY (SELECT {names} FROM {_quoted(table.name)} "
        f"ORDER BY {_quoted(table.key)}{collation}) TO STDOUT"
    )
    # psycopg2 hands over line by line; larger pieces are hashed and compressed faster.
    with _cursor(connection) as cursor, io.BufferedWriter(_Raw(sink), BUFFER) as buffered:
        cursor.copy_expert(statement, buffered)


def load(connection: BaseDatabaseWrapper, table: Table, stream: Source) -> None:
    names = ", ".join(_quoted(column.name) for column in table.columns)
    with _cursor(connection) as cursor:
        # Emptied in this transaction, it may be loaded frozen: no vacuum has to follow.
        cursor.execute(f"TRUNCATE {_quoted(table.name)}")
        cursor.copy_expert(
            f"COPY {_quoted(table.name)} ({names}) FROM STDIN WITH (FREEZE)", stream, BUFFER
        )


def last_id(connection: BaseDatabaseWrapper, table: Table) -> int | None:
    with _cursor(connection) as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [_quoted(table.name), table.key])
        (sequence,) = cursor.fetchone()
        if sequence is None:
            return None
        cursor.execute(f"SELECT last_value, is_called FROM {sequence}")
        value, is_called = cursor.fetchone()
        return value if is_called else 0


def set_last_id(connection: BaseDatabaseWrapper, table: Table, number: int) -> None:
    with _cursor(connection) as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, %s), %s, %s)",
            [_quoted(table.name), table.key, max(number, 1), number > 0],
        )


@contextlib.contextmanager
def rebuilding(connection: BaseDatabaseWrapper) -> Iterator[None]:
    with transaction.atomic(using=connection.alias, durable=True):
        with connection.cursor() as cursor:
            cursor.execute(OUTPUT)
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
            # A table with checks still to be made could not be altered by the next migration.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        yield


@contextlib.contextmanager
def bulk(connection: BaseDatabaseWrapper, names: Sequence[str]) -> Iterator[None]:
    """Rows are loaded without keys and indexes; making these again checks every row."""
    with connection.cursor() as cursor:
        quoted = [_quoted(name) for name in names]
        cursor.execute(CONSTRAINTS, [quoted, quoted])
        constraints = cursor.fetchall()
        cursor.execute(INDEXES, [quoted])
        indexes = cursor.fetchall()
        for table, name, _definition, _type in constraints:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        for _name, definition in indexes:
            cursor.execute(definition)
        for table, name, definition, _type in reversed(constraints):
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def drop(connection: BaseDatabaseWrapper, names: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"DROP TABLE {_quoted(name)} CASCADE")


def check(connection: BaseDatabaseWrapper) -> None:
    """Nothing is left to check: every constraint was made anew over all rows by `bulk`."""


def settle(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def identity(connection: BaseDatabaseWrapper) -> tuple[object, ...]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid, pg_postmaster_start_time()::text FROM pg_database"
            " WHERE datname = current_database()"
        )
        return ("postgresql", *cursor.fetchone())


@contextlib.contextmanager
def _cursor(connection: BaseDatabaseWrapper) -> Iterator[Any]:
    """A cursor of the driver: COPY may run in the thread that feeds the other database."""
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        yield cursor


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class _Raw(io.RawIOBase):
    """A sink with only `write`, as the raw side of a buffer."""

    def __init__(self, sink: Sink) -> None:
        super().__init__()
        self._sink = sink

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._sink.write(bytes(data))
        return len(data)
