"""The table of contents of a backup."""

import datetime
import json
from dataclasses import asdict, dataclass
from typing import Any, Self

from .digests import TableDigest
from .origins import Origin, read_origin
from .tables import KINDS, Column, Table

FORMAT = 1


class BadManifest(ValueError):
    """The text is not a manifest of this format."""


class OtherFormat(BadManifest):
    """A manifest of another format; `found` is its number."""

    def __init__(self, found: object) -> None:
        self.found = found
        super().__init__(f"format {found}")


@dataclass(frozen=True)
class TableEntry:
    """A table and what it held."""

    table: Table
    print: TableDigest


@dataclass(frozen=True)
class FileEntry:
    """A file: its path below FILES_DIR with forward slashes, its bytes, its SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup contains.

    `state` are the applied migrations ("app.name", sorted); `engine` is where the rows were
    read, for information only. Backups before 1.0.0 say neither the `version` of the program
    that made them ("") nor the `database` (None).
    """

    made_at: datetime.datetime
    engine: str
    state: tuple[str, ...]
    tables: tuple[TableEntry, ...]
    files: tuple[FileEntry, ...]
    version: str = ""
    database: Origin | None = None

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(entry.print.rows for entry in self.tables)

    def to_json(self) -> str:
        """The text kept in the backup."""
        content = {"format": FORMAT, **asdict(self), "made_at": self.made_at.isoformat()}
        return json.dumps(content, indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; raises `OtherFormat` or `BadManifest`."""
        try:
            content = json.loads(text)
            if content["format"] != FORMAT:
                raise OtherFormat(content["format"])
            manifest = cls(
                made_at=datetime.datetime.fromisoformat(content["made_at"]),
                engine=content["engine"],
                state=tuple(content["state"]),
                tables=tuple(_table_entry(**each) for each in content["tables"]),
                files=tuple(FileEntry(**each) for each in content["files"]),
                version=str(content.get("version", "")),
                database=read_origin(content.get("database")),
            )
            manifest.require_safe_names()
        except BadManifest:
            raise
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadManifest(str(error)) from error
        return manifest

    def require_safe_names(self) -> None:
        """Refuse a path that would leave FILES_DIR, and kinds of columns unknown here."""
        for file in self.files:
            parts = file.path.split("/")
            if "\\" in file.path or any(part[:1] in {"", "."} or ":" in part for part in parts):
                raise BadManifest(file.path)
        for entry in self.tables:
            if not {column.kind for column in entry.table.columns} <= KINDS.keys():
                raise BadManifest(entry.table.name)


def _table_entry(table: dict[str, Any], print: dict[str, Any]) -> TableEntry:
    columns = tuple(Column(**column) for column in table["columns"])
    return TableEntry(Table(table["name"], table["key"], columns), TableDigest(**print))
