"""Copying the whole database into another one, with nothing in between."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

from .digests import TableDigest, copy_out
from .engines import engine_of
from .migration_state import applied, require_newest
from .rebuilding import rebuild, require_free
from .refusals import DatabaseRefuses, SameDatabase
from .streams import Sink
from .tables import Table, every_table


@dataclass(frozen=True)
class Moved:
    """What a move copied; both databases held exactly this when they were compared."""

    tables: int
    rows: int


def move(
    source: BaseDatabaseWrapper, target: BaseDatabaseWrapper, *, replace: bool = False
) -> Moved:
    """Copy every row of every table of one connection's database into another's.

    Both sides are compared table by table before the commit. The source is read as of one
    moment and may be in use; what is written to it afterwards stays behind.

    Returns `Moved`. Raises a `Refused` of `backup.refusals`; the target is then as before.
    """
    try:
        if engine_of(source).identity(source) == engine_of(target).identity(target):
            raise SameDatabase
    except DatabaseError as error:
        raise DatabaseRefuses(error) from error
    require_newest(source)
    require_free(target, replace=replace)

    def supply(table: Table, receive: Callable[[IO[bytes]], None]) -> TableDigest:
        return _pump(lambda sink: copy_out(source, table, sink), receive)

    with engine_of(source).snapshot(source):
        rows = {table: _count(source, table) for table in every_table()}
        rebuild(target, state=applied(source), rows=rows, supply=supply)
    return Moved(len(rows), sum(rows.values()))


def _count(connection: BaseDatabaseWrapper, table: Table) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT COUNT(*) FROM "{table.name}"')
        return int(cursor.fetchone()[0])


def _pump(write: Callable[[Sink], TableDigest], read: Callable[[IO[bytes]], None]) -> TableDigest:
    """Run `write(sink)` in a thread while `read(stream)` takes what it writes.

    Returns what `write` returned; raises what either raised, and of both the cause.
    """
    written: list[TableDigest] = []
    failed: list[BaseException] = []
    reading, writing = os.pipe()

    def run() -> None:
        try:
            with open(writing, "wb") as sink:
                written.append(write(sink))
        except BaseException as error:
            failed.append(error)

    writer = threading.Thread(target=run, name="copy out")
    writer.start()
    try:
        with open(reading, "rb") as stream:
            read(stream)
    finally:
        writer.join()
        # A broken pipe only says that the reader has failed.
        if failed and not isinstance(failed[0], BrokenPipeError):
            raise failed[0]
    return written[0]


def open_database(settings: dict[str, Any], alias: str = "move_target") -> BaseDatabaseWrapper:
    """A Django connection of this thread to a database that is not in the settings.

    Args:
        settings: one entry of DATABASES.
    """
    settings = connections.configure_settings({DEFAULT_DB_ALIAS: settings})[DEFAULT_DB_ALIAS]
    connections[alias] = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, alias)
    return connections[alias]
