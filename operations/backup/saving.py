"""Making a backup, and removing old ones."""

import datetime
import hashlib
import time
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from core.version import VERSION

from .archive import PIECE, BackupReader, BackupWriter, has_seal
from .digests import copy_out
from .engines import engine_of
from .last_backup import note_backup
from .manifest import FileEntry, Manifest, TableEntry
from .migration_state import applied, require_newest
from .origins import Origin, origin_of
from .refusals import DatabaseRefuses, NoRoom, Refused
from .stored_files import list_files
from .tables import Table, kept_tables

PREFIX, SUFFIX = "lai-chau-edu-", ".backup"
LEFTOVER_AGE = 24 * 3600  # seconds


def make_backup(connection: BaseDatabaseWrapper, folder: Path) -> tuple[Path, Manifest]:
    """Write the database, as of one moment, and the files into one new file in `folder`.

    The product may be in use meanwhile. Returns (path, `Manifest`). Raises a `Refused` of
    `backup.refusals`; nothing is left then that looks like a backup.
    """
    require_newest(connection)
    moment = timezone.now()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(folder)
        path = _free_name(folder, moment)
        with BackupWriter(path) as writer:
            with engine_of(connection).snapshot(connection):
                state = tuple(applied(connection))
                tables = tuple(_add_table(connection, writer, table) for table in kept_tables())
            # After the rows: each row's file is there, or its row will be made good by a sweep.
            files = tuple(entry for path in list_files() if (entry := _add_file(writer, path)))
            origin = origin_of(connection)
            manifest = Manifest(
                moment, connection.vendor, state, tables, files, version=VERSION, database=origin
            )
            writer.finish(manifest)
        note_backup(moment, path, origin)
    except OSError as error:
        raise NoRoom(folder, error) from error
    except DatabaseError as error:
        raise DatabaseRefuses(error) from error
    return path, manifest


def prune(folder: Path, keep: int, origin: Origin | None) -> list[Path]:
    """Remove all finished backups of one database in `folder` but the `keep` newest.

    Returns the removed paths. Never touches another file, one whose end or table of contents is
    not in order, nor a backup of another `Origin` or of none that is known.
    """
    finished = []
    for path in folder.glob(f"{PREFIX}*{SUFFIX}"):
        if path.is_file() and has_seal(path):
            try:
                with BackupReader(path) as backup:
                    if backup.manifest.database == origin:
                        finished.append((backup.manifest.made_at, path))
            except Refused:
                continue
    removed = [path for _made_at, path in sorted(finished, reverse=True)[keep:]]
    for path in removed:
        path.unlink()
    return removed


def _add_table(connection: BaseDatabaseWrapper, writer: BackupWriter, table: Table) -> TableEntry:
    with writer.member(f"tables/{table.name}.tsv") as sink:
        return TableEntry(table, copy_out(connection, table, sink))


def _add_file(writer: BackupWriter, path: str) -> FileEntry | None:
    """Add a file of FILES_DIR; None when it has been removed since it was listed."""
    try:
        source = (settings.FILES_DIR / path).open("rb")
    except FileNotFoundError:
        return None
    digest, size = hashlib.sha256(), 0
    with source, writer.member(f"files/{path}") as sink:
        while piece := source.read(PIECE):
            digest.update(piece)
            size += len(piece)
            sink.write(piece)
    return FileEntry(path, size, digest.hexdigest())


def _free_name(folder: Path, moment: datetime.datetime) -> Path:
    stem = f"{PREFIX}{timezone.localtime(moment):%Y%m%d-%H%M}"
    path, number = folder / f"{stem}{SUFFIX}", 2
    while path.exists():
        path, number = folder / f"{stem}-{number}{SUFFIX}", number + 1
    return path


def _remove_leftovers(folder: Path) -> None:
    """What killed backups left; a young one may still be growing."""
    for path in folder.glob(f".{PREFIX}*.unfinished"):
        if time.time() - path.stat().st_mtime > LEFTOVER_AGE:
            path.unlink(missing_ok=True)
