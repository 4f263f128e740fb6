"""The state of the tables: which migrations are applied, and bringing a database to a state.

A state is a sorted list of "app.name".
"""

import datetime
from collections.abc import Iterable

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.recorder import MigrationRecorder

from core.schema import Key, steps_replaced

from .refusals import NotMigrated, UnknownMigrations


class SingleStepLoader(MigrationLoader):
    """Takes the long way: a squashed migration does nothing, after all that it replaces.

    For states in the middle of what a squashed migration replaces: it cannot be gone half way.
    """

    def load_disk(self) -> None:
        super().load_disk()
        for key, replaced in steps_replaced(self.disk_migrations).items():
            if replaced <= self.disk_migrations.keys():
                # Migrations that came later may name it.
                done = type("Done", (Migration,), {"dependencies": sorted(replaced)})
                self.disk_migrations[key] = done(key[1], key[0])


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
    executor.loader = _loader(connection, state)
    executor.migrate(_last(executor.loader, state))


def tables_at(state: Iterable[str]) -> set[str]:
    """Names of the tables at a known state; the program may have given some of them up since."""
    loader = _loader(None, state)
    models = loader.project_state(_last(loader, state)).apps.get_models(include_auto_created=True)
    return {model._meta.db_table for model in models if model._meta.managed}


def _loader(connection: BaseDatabaseWrapper | None, state: Iterable[str]) -> MigrationLoader:
    """One whose graph leads to a state; with squashed migrations, which are quicker, if it can."""
    loader, wanted = MigrationLoader(connection), _keys(state)
    half_way = [
        key
        for key, replaced in steps_replaced(loader.disk_migrations).items()
        if wanted & replaced and not replaced <= wanted
    ]
    return SingleStepLoader(connection) if half_way else loader


def _last(loader: MigrationLoader, state: Iterable[str]) -> list[Key]:
    """The migrations of a state on which no other of it depends."""
    nodes = loader.graph.node_map
    wanted = _keys(state)
    # A state from before they were squashed names them one by one.
    squashed = steps_replaced(loader.disk_migrations)
    wanted |= {key for key, replaced in squashed.items() if replaced <= wanted}
    return [
        key
        for key in sorted(wanted & set(nodes))
        if not any(child.key in wanted for child in nodes[key].children)
    ]


def _keys(state: Iterable[str]) -> set[Key]:
    return {(app, name) for app, _dot, name in (each.partition(".") for each in state)}
