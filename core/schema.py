"""Whether the tables of the database are those of this program.

While a new version is put in place the two differ for some minutes: the program is newer than
the tables, or still the old one over new tables. Nothing right can be read or written then, so
pages answer 503 (`lai_chau_edu.middleware`) and no job begins (`core.jobs.task`).
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.recorder import MigrationRecorder

logger = logging.getLogger(__name__)

# A migration: (app, name).
Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True)
class Difference:
    """Migrations as "app.name", sorted. True when there are any.

    `missing`: of this program, not applied. `unknown`: applied by another version.
    """

    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.missing or self.unknown)


def difference(connection: BaseDatabaseWrapper) -> Difference:
    """How the tables of a database differ from those of this program; two queries."""
    applied = _applied(connection)
    own, replaced_by = own_migrations()
    replaced = set().union(*replaced_by.values())
    missing = own - replaced - replaced_by.keys() - applied
    for key, steps in replaced_by.items():
        # Begun step by step, it is gone on so while the steps are there; else it comes whole.
        if left := steps - applied:
            missing |= (left & own if left != steps else set()) or {key}
    return Difference(missing=_named(missing), unknown=_named(applied - own - replaced))


def _applied(connection: BaseDatabaseWrapper) -> set[Key]:
    # Django's recorder would ask the connection of the thread instead of the one it was given.
    if not MigrationRecorder(connection).has_table():
        return set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return set(cursor.fetchall())


@cache
def own_migrations() -> tuple[set[Key], dict[Key, frozenset[Key]]]:
    """The migrations of this program; and for each that stands for older ones, which. Read once."""
    migrations = MigrationLoader(None).disk_migrations
    return set(migrations), steps_replaced(migrations)


def steps_replaced(migrations: Mapping[Key, Migration]) -> dict[Key, frozenset[Key]]:
    """Of each squashed migration: the steps for which it stands."""
    return {
        key: frozenset((app, name) for app, name in each.replaces)
        for key, each in migrations.items()
        if each.replaces
    }


def _named(keys: Iterable[Key]) -> tuple[str, ...]:
    return tuple(sorted(".".join(key) for key in keys))


class Watch:
    """Remembers for `settings.SCHEMA_LOOK_EVERY` seconds how the tables differ (None: never
    looks). It asks over a connection of its own: a request pays no query, and a broken
    transaction does not hinder it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._found = Difference()
        self._looked_at: float | None = None

    def difference(self) -> Difference:
        """The `Difference`, at most so many seconds old; the last known while nobody can say."""
        every = settings.SCHEMA_LOOK_EVERY
        if every is None:
            return Difference()
        if self._looked_at is None:
            with self._lock:
                return self._found if self._looked_at is not None else self._look()
        if self._clock() - self._looked_at >= every and self._lock.acquire(blocking=False):
            try:
                return self._look()
            finally:
                self._lock.release()
        return self._found

    def look(self) -> Difference:
        """The `Difference` now."""
        if settings.SCHEMA_LOOK_EVERY is None:
            return Difference()
        with self._lock:
            return self._look()

    def _look(self) -> Difference:
        own = connections.create_connection(DEFAULT_DB_ALIAS)
        try:
            found = difference(own)
        except DatabaseError as error:
            # Gone rather than different: others tell of that.
            logger.warning("the state of the tables could not be read: %s", error)
        else:
            if bool(found) != bool(self._found):
                logger.warning(
                    "tables and program %s",
                    f"differ: {found}" if found else "agree again",
                )
            self._found = found
        finally:
            own.close()
            self._looked_at = self._clock()
        return self._found


watch = Watch()
