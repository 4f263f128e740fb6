"""The state of the tables: which migrations are applied, and bringing a database to a state.

A state is a sorted list of "app.name".
"""

import datetime
from collections.abc import Iterable

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.recorder import MigrationRecorder

from .refusals import NotMigrated, UnknownMigrations


def applied(connection: BaseDatabaseWrapper) -> list[str]:
    """The state of a database."""
    return sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations())


def made_at(connection: BaseDatabaseWrapper) -> datetime.datetime | None:
    """When the first table of a database was made; None before that."""
    rows = MigrationRecorder(connection).applied_migrations().values()
    return min((row.applied for row in rows), default=None)


def require_known(state: Iterable[str]) -> None:
    """Refuse a state with migrations this program does not have (`UnknownMigrations`)."""
    # Those on disk: what a squashed migration replaces is recorded too, and in no graph.
    known = {".".join(key) for key in MigrationExecutor(None).loader.disk_migrations}
    if unknown := sorted(set(state) - known):
        raise UnknownMigrations(unknown)


def require_newest(connection: BaseDatabaseWrapper) -> None:
    """Refuse a database that is not exactly at the state of the program.

    Raises `NotMigrated` when it is older, `UnknownMigrations` when it is newer.
    """
    require_known(applied(connection))
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        raise NotMigrated([f"{each.app_label}.{each.name}" for each, _backwards in plan])


def migrate_empty(connection: BaseDatabaseWrapper, state: Iterable[str]) -> None:
    """Give a database without tables those of a known state, without signals."""
    executor = MigrationExecutor(connection)
    executor.migrate(_last(executor.loader.graph, state))


def tables_at(state: Iterable[str]) -> set[str]:
    """Names of the tables at a known state; the program may have given some of them up since."""
    loader = MigrationExecutor(None).loader
    models = loader.project_state(_last(loader.graph, state)).apps.get_models(
        include_auto_created=True
    )
    return {model._meta.db_table for model in models if model._meta.managed}


def _last(graph: MigrationGraph, state: Iterable[str]) -> list[tuple[str, str]]:
    wanted = {(app, name) for app, _dot, name in (each.partition(".") for each in state)}
    return [
        key
        for key in sorted(wanted & set(graph.node_map))
        if not any(child.key in wanted for child in graph.node_map[key].children)
    ]
