"""Reading and writing whole tables of PostgreSQL, with COPY. See `engines` for what each does."""

import contextlib
import io
import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import DatabaseError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from .streams import Sink, Source
from .tables import Table

logger = logging.getLogger(__name__)

BUFFER = 256 * 1024  # bytes
# Whoever restores while the product runs is told so instead of waiting for ever.
LOCK_TIMEOUT = "20s"
# The schema of the tables that were replaced, until they are dropped. To drop them in the
# transaction that replaces them would take as many locks as a server has room for as delivered.
ASIDE = "lai_chau_edu_replaced"
LARGE = 20_000  # rows; from here on making an index again is quicker than keeping it up
OUTPUT = """
    SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC';
    SET LOCAL extra_float_digits = 1; SET LOCAL statement_timeout = 0;
"""
# Rows come in the order of the primary key, which is therefore kept up at no cost.
CONSTRAINTS = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
    FROM pg_constraint
    WHERE conrelid::regclass = ANY(%s::regclass[]) AND contype IN ('f', 'u', 'x')
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
        # Emptied by `bulk` in this transaction, it may be loaded frozen: no vacuum has to follow.
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
    # A restore that was killed after its commit could not drop what it had replaced.
    drop_aside(connection)
    with transaction.atomic(using=connection.alias, durable=True):
        with connection.cursor() as cursor:
            cursor.execute(OUTPUT)
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
            # A table with checks still to be made could not be altered by the next migration.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        yield


@contextlib.contextmanager
def bulk(connection: BaseDatabaseWrapper, rows: Mapping[str, int]) -> Iterator[None]:
    """Large tables are loaded without keys and indexes; making these again checks every row.

    Small ones keep theirs. PostgreSQL locks each thing that a transaction makes or drops, four
    triggers for one foreign key, and has room for 6,400 locks unless it was given more.
    """
    large = [_quoted(name) for name, count in rows.items() if count >= LARGE]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(map(_quoted, rows))} CASCADE")
        cursor.execute(CONSTRAINTS, [large])
        constraints = cursor.fetchall()
        cursor.execute(INDEXES, [large])
        indexes = cursor.fetchall()
        for table, name, _definition in constraints:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        # Rows may come before those they name.
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for _name, definition in indexes:
            cursor.execute(definition)
        for table, name, definition in reversed(constraints):
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def put_aside(connection: BaseDatabaseWrapper, names: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {ASIDE}")
        for name in names:
            cursor.execute(f"ALTER TABLE {_quoted(name)} SET SCHEMA {ASIDE}")


def drop_aside(connection: BaseDatabaseWrapper) -> None:
    """Drop the tables that were replaced, each in a transaction of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [ASIDE])
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {ASIDE}.{_quoted(name)} CASCADE")
        cursor.execute(f"DROP SCHEMA IF EXISTS {ASIDE}")


def check(connection: BaseDatabaseWrapper) -> None:
    """Nothing is left to check: every constraint was made anew over all rows by `bulk`."""


def settle(connection: BaseDatabaseWrapper) -> None:
    try:
        drop_aside(connection)
    except DatabaseError:
        logger.exception("The tables that were replaced could not be dropped.")
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
