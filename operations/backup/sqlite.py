"""Reading and writing whole tables of SQLite. See `engines` for what each function does."""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from core.validity import NoOverlap

from .refusals import DamagedRow
from .streams import Sink, Source
from .tables import Column, Table
from .text_format import NULL, from_text, to_text

BATCH = 2000  # rows
PIECE = 256 * 1024  # bytes


@contextlib.contextmanager
def snapshot(connection: BaseDatabaseWrapper) -> Iterator[None]:
    with _cursor(connection) as cursor:
        # Not atomic(): that would begin IMMEDIATE, and keep every teacher waiting.
        cursor.execute("BEGIN DEFERRED")
        try:
            # Only the first read fixes the moment.
            cursor.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
            yield
        finally:
            cursor.execute("ROLLBACK")


def copy_out(connection: BaseDatabaseWrapper, table: Table, sink: Sink) -> None:
    # The plus hides the declared type: Django's converters would make objects of the values.
    names = ", ".join(f'+"{column.name}"' for column in table.columns)
    writers = [to_text(column) for column in table.columns]
    with _cursor(connection) as cursor:
        cursor.execute(f'SELECT {names} FROM "{table.name}" ORDER BY "{table.key}"')
        while rows := cursor.fetchmany(BATCH):
            columns = [
                _texts(table, column, writer, values)
                for column, writer, values in zip(
                    table.columns, writers, zip(*rows, strict=True), strict=True
                )
            ]
            lines = "\n".join(map("\t".join, zip(*columns, strict=True)))
            sink.write((lines + "\n").encode())


def load(connection: BaseDatabaseWrapper, table: Table, stream: Source) -> None:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    marks = ", ".join("?" * len(table.columns))
    readers = [from_text(column) for column in table.columns]
    with _cursor(connection) as cursor:
        for lines in _pieces(stream):
            columns = zip(*(line.split("\t") for line in lines), strict=True)
            values = [
                [None if text == NULL else reader(text) for text in texts]
                for reader, texts in zip(readers, columns, strict=True)
            ]
            cursor.executemany(
                f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})',
                zip(*values, strict=True),
            )


def last_id(connection: BaseDatabaseWrapper, table: Table) -> int | None:
    with _cursor(connection) as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table.name])
        (definition,) = cursor.fetchone()
        if "AUTOINCREMENT" not in definition:
            return None
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", [table.name])
        row = cursor.fetchone()
        return row[0] if row else 0


def set_last_id(connection: BaseDatabaseWrapper, table: Table, number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table.name])
        cursor.execute("INSERT INTO sqlite_sequence VALUES (%s, %s)", [table.name, number])


@contextlib.contextmanager
def rebuilding(connection: BaseDatabaseWrapper) -> Iterator[None]:
    # Only before a transaction; inside it migrations would refuse to alter a table.
    connection.disable_constraint_checking()
    try:
        with transaction.atomic(using=connection.alias, durable=True):
            yield
    finally:
        connection.enable_constraint_checking()


@contextlib.contextmanager
def bulk(connection: BaseDatabaseWrapper, rows: Mapping[str, int]) -> Iterator[None]:
    """Nothing waits: indexes made while loading cost little here."""
    with connection.cursor() as cursor:
        for name in rows:
            cursor.execute(f'DELETE FROM "{name}"')
    yield


def put_aside(connection: BaseDatabaseWrapper, names: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f'DROP TABLE "{name}"')


def check(connection: BaseDatabaseWrapper) -> None:
    connection.check_constraints()
    overlapping = [
        model._meta.db_table
        for model in apps.get_models()
        if any(isinstance(each, NoOverlap) for each in model._meta.constraints)
    ]
    with connection.cursor() as cursor:
        for name in overlapping:
            # The rows came before the triggers; an update of nothing calls these for each.
            cursor.execute(f'UPDATE "{name}" SET "valid_from" = "valid_from"')


def settle(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def identity(connection: BaseDatabaseWrapper) -> tuple[object, ...]:
    name = str(connection.settings_dict["NAME"])
    return ("sqlite", os.path.realpath(name.removeprefix("file:").partition("?")[0]))


@contextlib.contextmanager
def _cursor(connection: BaseDatabaseWrapper) -> Iterator[Any]:
    """A cursor of the driver: values come and go as they are stored."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        yield connection.connection.cursor()


def _texts(
    table: Table, column: Column, writer: Callable[[Any], str], values: Iterable[Any]
) -> list[str]:
    try:
        return [NULL if value is None else writer(value) for value in values]
    except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError) as error:
        raise DamagedRow(table.name, column.name, error) from error


def _pieces(stream: Source) -> Iterator[list[str]]:
    """Lists of whole lines, without their ends, of a stream."""
    rest = b""
    while piece := stream.read(PIECE):
        whole, end, rest = (rest + piece).rpartition(b"\n")
        if end:
            yield whole.decode().split("\n")
