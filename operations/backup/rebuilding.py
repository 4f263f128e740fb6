"""Replacing everything in a database, in one transaction: all of it comes, or nothing changes."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TypeAlias

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from attendance.calendar.state import TABLE as CALENDAR_STATE

from .digests import TableDigest, copy_out
from .engines import Engine, engine_of
from .migration_state import migrate_empty, tables_at
from .moved_away import TABLE as MOVED_AWAY
from .refusals import CopyDiffers, DatabaseRefuses, ForeignTables, TargetInUse
from .streams import Source
from .tables import MADE_BY_MIGRATE, Table, every_table

RECORD = "django_migrations"
# Hands the lines of a table to a function once, and says what they should have been.
Supply: TypeAlias = Callable[[Table, Callable[[Source], None]], TableDigest]


def require_free(
    connection: BaseDatabaseWrapper, *, replace: bool, state: Iterable[str] = ()
) -> None:
    """Refuse a target with tables of something else, or with rows unless `replace`.

    Tables of `state`, the migrations of what will come, are our own as well: a change of the
    tables that failed half way leaves some which the program no longer knows.

    Raises `ForeignTables`, `TargetInUse` or `DatabaseRefuses`.
    """
    try:
        found = _tables(connection)
    except DatabaseError as error:
        raise DatabaseRefuses(error) from error
    own = {table.name for table in every_table()}
    foreign = found - own - {RECORD, MOVED_AWAY, CALENDAR_STATE}
    if foreign and (unknown := sorted(foreign - tables_at(state))):
        raise ForeignTables(unknown)
    if replace:
        return
    with connection.cursor() as cursor:
        for name in sorted(found & own - MADE_BY_MIGRATE):
            cursor.execute(f'SELECT EXISTS (SELECT 1 FROM "{name}")')
            if cursor.fetchone()[0]:
                raise TargetInUse(name)


def rebuild(
    connection: BaseDatabaseWrapper,
    *,
    state: Iterable[str],
    rows: Mapping[Table, int],
    supply: Supply,
    before_commit: Callable[[], None] | None = None,
    newest: bool = True,
) -> None:
    """Give a database new tables at `state`, fill them, bring them to the newest state
    unless `newest` is false.

    Args:
        state: the migrations at which the rows were read.
        rows: the `Table`s to fill, each with how many rows will come, about.
        supply: function (table, receive) -> `TableDigest`; calls `receive(stream)` once with the
            lines of the table, and says what they should have been.
        before_commit: called when everything has been checked.

    Raises `CopyDiffers` when the database then holds something else than was supplied,
    `DatabaseRefuses` when it fails; either way it is as it was before.
    """
    engine = engine_of(connection)
    try:
        with engine.rebuilding(connection):
            engine.put_aside(connection, sorted(_tables(connection)))
            migrate_empty(connection, state)
            _fill(connection, engine, rows, supply)
            # Newer tables, and what follows every migrate: triggers, permissions.
            if newest:
                call_command("migrate", database=connection.alias, interactive=False, verbosity=0)
            engine.check(connection)
            if before_commit is not None:
                before_commit()
    except DatabaseError as error:
        raise DatabaseRefuses(error) from error
    finally:
        ContentType.objects.clear_cache()
    engine.settle(connection)


def _tables(connection: BaseDatabaseWrapper) -> set[str]:
    names = connection.introspection.table_names()
    # SQLite keeps the figures of its planner among the tables.
    return {name for name in names if not name.startswith("sqlite_")}


def _fill(
    connection: BaseDatabaseWrapper, engine: Engine, rows: Mapping[Table, int], supply: Supply
) -> None:
    expected: dict[Table, TableDigest] = {}
    with engine.bulk(connection, {table.name: count for table, count in rows.items()}):
        for table in rows:
            expected[table] = supply(table, partial(engine.load, connection, table))
    for table, wanted in expected.items():
        if wanted.last_id is not None:
            engine.set_last_id(connection, table, wanted.last_id)
    found = {table: copy_out(connection, table) for table in rows}
    if differences := [
        f"{table.name} ({wanted.rows} → {found[table].rows})"
        for table, wanted in expected.items()
        if found[table] != wanted
    ]:
        raise CopyDiffers(differences)
