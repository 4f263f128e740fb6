"""Which database this is, as it is told to people and compared between backups."""

import os
from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

# One server on this computer has several names; a backup must not seem to be of another.
THIS_COMPUTER = frozenset({"", "127.0.0.1", "::1", "localhost"})
POSTGRESQL_PORT = 5432


@dataclass(frozen=True)
class Origin:
    """A database by its address, without user or password.

    `host` and `port` are empty for SQLite, whose `name` is the path of the file.
    """

    vendor: str
    host: str
    port: str
    name: str

    def __str__(self) -> str:
        place = f"{self.host}:{self.port}/" if self.host else ""
        return f"{self.vendor} {place}{self.name}"


def origin_of(connection: BaseDatabaseWrapper) -> Origin:
    """The `Origin` of a Django connection; asks the settings only, not the database."""
    own = connection.settings_dict
    name = str(own["NAME"])
    if connection.vendor == "sqlite":
        return Origin("sqlite", "", "", os.path.realpath(name.removeprefix("file:").split("?")[0]))
    host = own["HOST"] or ""
    if host in THIS_COMPUTER or host.startswith("/"):
        host = "localhost"
    return Origin(connection.vendor, host, str(own["PORT"] or POSTGRESQL_PORT), name)


def read_origin(noted: dict[str, str] | None) -> Origin | None:
    """The `Origin` that was kept as a dictionary; None when none was kept.

    Raises TypeError when something else was kept there.
    """
    if noted is None:
        return None
    origin = Origin(**noted)
    if not all(isinstance(value, str) for value in noted.values()):
        raise TypeError(noted)
    return origin
