"""Bringing an installation back from a backup: everything of it, or nothing."""

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from .archive import BackupReader
from .digests import TableDigest
from .manifest import Manifest
from .migration_state import require_known
from .origins import origin_of
from .rebuilding import rebuild, require_free
from .refusals import NotADrill, TargetInUse
from .stored_files import Staged, list_files
from .streams import Source
from .tables import Table


def restore(
    connection: BaseDatabaseWrapper, path: Path, *, replace: bool = False, newest: bool = True
) -> Manifest:
    """Replace the database and the files of this installation by those of a backup.

    The whole backup is read and compared before anything is written. The rows come in one
    transaction, are compared again in the database, and are brought to the newest tables.
    Everybody has to sign in again. With `newest` false the tables stay as they were when the
    backup was made, for the older program that made it; that program's `migrate`, which finds
    no change to make, then gives them their guards.

    Returns the `Manifest`. Raises a `Refused` of `backup.refusals`; the installation is then
    as it was before.
    """
    with BackupReader(path) as backup:
        manifest = backup.manifest
        require_known(manifest.state)
        require_free(connection, replace=replace, state=manifest.state)
        if not replace and (present := list_files()):
            raise TargetInUse(present[0])
        backup.verify()
        entries = {entry.table: entry for entry in manifest.tables}

        def supply(table: Table, receive: Callable[[Source], None]) -> TableDigest:
            with backup.table(entries[table]) as stream:
                receive(stream)
            return entries[table].print

        with Staged(backup) as files:
            rebuild(
                connection,
                state=manifest.state,
                rows={table: entry.print.rows for table, entry in entries.items()},
                supply=supply,
                before_commit=files.put_beside,
                newest=newest,
            )
            files.complete()
    return manifest


def require_drill(connection: BaseDatabaseWrapper, path: Path) -> None:
    """Refuse settings under which a drill could reach live workers, mail or data (`NotADrill`).

    Raises what `check` raises when the backup itself is not in order.
    """
    for name in ("REDIS_URL", "EMAIL_URL"):
        if getattr(settings, name):
            raise NotADrill(name)
    with BackupReader(path) as backup:
        if backup.manifest.database == origin_of(connection):
            raise NotADrill(str(backup.manifest.database))


def check(path: Path) -> Manifest:
    """Read a whole backup and compare it with itself; returns the `Manifest`.

    Raises a `Refused` of `backup.refusals`.
    """
    with BackupReader(path) as backup:
        require_known(backup.manifest.state)
        backup.verify()
        return backup.manifest
