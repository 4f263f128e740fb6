"""Telling a database that is away for a while from a fault of the program."""

import sqlite3

from django.db import InterfaceError, OperationalError

from .backup.moved_away import MovedAway

RETRY_AFTER = 30  # seconds
# PostgreSQL's classes: connection, resources (disk, memory, connections), the operator at
# work; and a database that is only to be read, as after a failover.
AWAY_CLASSES, AWAY_CODES = ("08", "53", "57P", "58"), {"25006"}
AWAY_SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
}


def is_away(error: BaseException | None) -> bool:
    """Whether an exception, or what led to it, says that the database cannot be used just now."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, MovedAway) or (
            isinstance(error, OperationalError | InterfaceError) and _is_away(error.__cause__)
        ):
            return True
        error = error.__cause__ or error.__context__
    return False


def _is_away(cause: BaseException | None) -> bool:
    if cause is None:
        return False
    if isinstance(cause, sqlite3.Error):
        # The lower byte is the kind, the rest says more of it.
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in AWAY_SQLITE
    code = getattr(cause, "pgcode", None)
    # A server that cannot be reached has no code to give.
    return code is None or code.startswith(AWAY_CLASSES) or code in AWAY_CODES
