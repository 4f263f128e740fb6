"""A database that was moved away says so itself and refuses further work.

The note is a table in the old database: it travels with a copied file, and whoever connects
meets it, whatever program and settings led there. See docs/adr/0025.
"""

import contextlib
from collections.abc import Iterator

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from .origins import Origin, origin_of

TABLE = "lai_chau_edu_moved_away"
EXIT_CODE = 23
_REFUSING = True


class MovedAway(Exception):
    """The database in use was moved to another one; nothing may be read or written here."""

    def __init__(self, origin: Origin, target: str, moved_at: str) -> None:
        self.target = target
        super().__init__(
            f"Cơ sở dữ liệu này ({origin}) đã được chuyển sang {target} lúc {moved_at}; dữ liệu ở"
            " đây đã cũ nên chương trình dừng. Hãy đặt DATABASE_URL theo địa chỉ mới. Chỉ khi"
            " muốn bỏ bản mới và dùng lại bản này: manage.py move_database --take-back\n"
            f"  This database was moved to {target} at {moved_at}; what is here is old, so the"
            " program stops. Set DATABASE_URL to the new address. Only to give the new one up and"
            " use this one again: manage.py move_database --take-back"
        )


def note_move(source: BaseDatabaseWrapper, target: Origin) -> None:
    """Write into the database of a connection that it was moved to the `Origin` target."""
    with source.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TABLE} (target text NOT NULL, moved_at text NOT NULL)")
        cursor.execute(
            f"INSERT INTO {TABLE} VALUES (%s, %s)",
            [str(target), f"{timezone.localtime():%H:%M %d/%m/%Y}"],
        )


def take_back(connection: BaseDatabaseWrapper) -> str | None:
    """Let a database be used again; returns where it had been moved to, None if it had not."""
    with accepted():
        found = _note(connection)
        if found is None:
            return None
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {TABLE}")
    return found[0]


@contextlib.contextmanager
def accepted() -> Iterator[None]:
    """Context: connections to a database that was moved away are let through."""
    global _REFUSING
    before, _REFUSING = _REFUSING, False
    try:
        yield
    finally:
        _REFUSING = before


def refuse_moved(sender: object, connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """Receiver of `connection_created`: raises `MovedAway`, leaving the connection closed.

    Only the database in use is asked: the target of a move may be an old home.
    """
    if not _REFUSING or connection.alias != DEFAULT_DB_ALIAS:
        return
    found = _note(connection)
    if found is not None:
        connection.close()
        raise MovedAway(origin_of(connection), *found)


def _note(connection: BaseDatabaseWrapper) -> tuple[str, str] | None:
    """(target, moment) of the note, or None. Asks the driver: no query of Django's is counted."""
    connection.ensure_connection()
    with contextlib.closing(connection.connection.cursor()) as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"SELECT 1 FROM sqlite_master WHERE name = '{TABLE}'")
        else:
            cursor.execute(f"SELECT 1 WHERE to_regclass('{TABLE}') IS NOT NULL")
        if cursor.fetchone() is None:
            return None
        cursor.execute(f"SELECT target, moved_at FROM {TABLE}")
        return cursor.fetchone()
