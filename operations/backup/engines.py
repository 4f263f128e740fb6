"""The module that knows the engine of a connection; both offer the same functions.

snapshot(connection)                context: what is read in it is of one moment
copy_out(connection, table, sink)   lines of a table, in the order of its key
load(connection, table, stream)     the same lines into a table, within `bulk`; returns nothing
last_id / set_last_id               the last number given as an id
rebuilding(connection)              context around the transaction that replaces all tables
bulk(connection, rows)              context around loading so many rows into tables by name,
                                    which it empties; indexes of large ones wait until it ends
put_aside(connection, names)        take tables out of the way, to be dropped when settling
check(connection)                   raise IntegrityError when a rule of the tables is broken
settle(connection)                  after the commit: what was put aside goes, figures for the
                                    planner come
identity(connection)                equal for two connections to one database
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from django.db.backends.base.base import BaseDatabaseWrapper

from . import postgresql, sqlite
from .streams import Sink, Source
from .tables import Table


class Engine(Protocol):
    """The functions of a module, as above."""

    def snapshot(self, connection: BaseDatabaseWrapper, /) -> AbstractContextManager[None]: ...
    def copy_out(self, connection: BaseDatabaseWrapper, table: Table, sink: Sink, /) -> None: ...
    def load(self, connection: BaseDatabaseWrapper, table: Table, stream: Source, /) -> None: ...
    def last_id(self, connection: BaseDatabaseWrapper, table: Table, /) -> int | None: ...
    def set_last_id(
        self, connection: BaseDatabaseWrapper, table: Table, number: int, /
    ) -> None: ...
    def rebuilding(self, connection: BaseDatabaseWrapper, /) -> AbstractContextManager[None]: ...
    def bulk(
        self, connection: BaseDatabaseWrapper, rows: Mapping[str, int], /
    ) -> AbstractContextManager[None]: ...
    def put_aside(self, connection: BaseDatabaseWrapper, names: Iterable[str], /) -> None: ...
    def check(self, connection: BaseDatabaseWrapper, /) -> None: ...
    def settle(self, connection: BaseDatabaseWrapper, /) -> None: ...
    def identity(self, connection: BaseDatabaseWrapper, /) -> tuple[object, ...]: ...


ENGINES: dict[str, Engine] = {"postgresql": postgresql, "sqlite": sqlite}


def engine_of(connection: BaseDatabaseWrapper) -> Engine:
    """The engine module of a Django connection."""
    return ENGINES[connection.vendor]
