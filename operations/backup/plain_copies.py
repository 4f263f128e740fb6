"""A plain copy of an SQLite database before its tables change, and taking it back.

`backup` refuses tables older than the program, and the older program may be gone when the new
one starts. A file of SQLite needs neither: it is copied page by page, whatever its tables are.
"""

import contextlib
import os
import re
import shutil
import sqlite3
from pathlib import Path

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3._functions import (  # type: ignore[import-untyped]  # no stub
    register,
)
from django.utils import timezone

from core.version import VERSION

from .refusals import DatabaseRefuses, NoRoom, NotACopy

KEPT = 5
NAME = re.compile(r"(before|after)-.+-\d{8}-\d{6}(-\d+)?\.sqlite3")


def copy_before(connection: BaseDatabaseWrapper, folder: Path) -> Path:
    """Copy the database into `folder` as "before-<this version>-….sqlite3", keep the `KEPT`
    newest such copies there; returns the path. Raises `NoRoom` or `DatabaseRefuses`."""
    path = _copy(connection, folder, "before")
    _prune(folder)
    return path


def take_back(connection: BaseDatabaseWrapper, path: Path, folder: Path) -> Path:
    """Put a copy in the place of the database, whole or not at all.

    What is there now is kept first, as "after-….sqlite3" in `folder`; returns its path.
    Raises `NotACopy`, `NoRoom` or `DatabaseRefuses`.
    """
    with contextlib.closing(_opened(path)) as source:
        kept = _copy(connection, folder, "after")
        try:
            connection.ensure_connection()
            source.backup(connection.connection)
        except (sqlite3.Error, DatabaseError) as error:
            raise DatabaseRefuses(error) from error
        finally:
            connection.close()
    return kept


def _opened(path: Path) -> sqlite3.Connection:
    """A copy opened for reading. Raises `NotACopy` when it is none, or damaged."""
    try:
        source = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    except (sqlite3.Error, OSError) as error:
        raise NotACopy(path) from error
    try:
        whole = (
            _is_whole(source)
            and source.execute("SELECT COUNT(*) FROM django_migrations").fetchone()[0]
        )
    except sqlite3.Error as error:
        source.close()
        raise NotACopy(path) from error
    if not whole:
        source.close()
        raise NotACopy(path)
    return source


def _is_whole(database: sqlite3.Connection) -> bool:
    # The rules of the tables call functions that Django gives to SQLite.
    register(database)
    return database.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)


def _copy(connection: BaseDatabaseWrapper, folder: Path, word: str) -> Path:
    unfinished = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = _free_name(folder, word)
        unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
        _require_room(connection, folder)
        # Names, birth dates and password hashes: for the eyes of the operator alone.
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with contextlib.closing(sqlite3.connect(unfinished)) as target:
            connection.ensure_connection()
            connection.connection.backup(target)
            # One file that can be carried away, without a journal beside it.
            target.execute("PRAGMA journal_mode=DELETE")
            if not _is_whole(target):
                raise DatabaseRefuses("quick_check")
        with open(unfinished, "rb") as file:
            os.fsync(file.fileno())
        os.rename(unfinished, path)
    except OSError as error:
        raise NoRoom(folder, error) from error
    except (sqlite3.Error, DatabaseError) as error:
        raise DatabaseRefuses(error) from error
    finally:
        if unfinished is not None:
            unfinished.unlink(missing_ok=True)
    return path


def _require_room(connection: BaseDatabaseWrapper, folder: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        needed = cursor.fetchone()[0]
    if shutil.disk_usage(folder).free < 2 * needed:
        raise NoRoom(folder, f"{needed / 1e6:.0f} MB × 2")


def _free_name(folder: Path, word: str) -> Path:
    stem = f"{word}-{VERSION}-{timezone.localtime():%Y%m%d-%H%M%S}"
    path, number = folder / f"{stem}.sqlite3", 2
    while path.exists():
        path, number = folder / f"{stem}-{number}.sqlite3", number + 1
    return path


def _prune(folder: Path) -> None:
    copies = [path for path in folder.iterdir() if NAME.fullmatch(path.name)]
    for path in sorted(copies, key=lambda each: each.stat().st_mtime, reverse=True)[KEPT:]:
        path.unlink()
