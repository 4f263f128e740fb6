"""Counting rows and taking the SHA-256 of a stream of lines while it passes."""

import hashlib
from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

from .engines import engine_of
from .streams import Sink, Source
from .tables import Table


@dataclass(frozen=True)
class TableDigest:
    """What a table held: rows, the SHA-256 of its lines, and the last number given as an id.

    `last_id` is None for a table whose key is not numbered by the database.
    """

    rows: int
    sha256: str
    last_id: int | None = None


class DigestingStream:
    """Passes bytes on to `sink.write`, or from `source.read`, and measures them."""

    def __init__(self, *, sink: Sink | None = None, source: Source | None = None) -> None:
        self.rows = self.size = 0
        self._hash = hashlib.sha256()
        self._sink = sink
        self._source = source

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def write(self, data: bytes) -> int:
        """Measure, and hand on when there is a sink."""
        self._measure(data)
        if self._sink is not None:
            self._sink.write(data)
        return len(data)

    def read(self, size: int = -1) -> bytes:
        """Read from the source and measure."""
        assert self._source is not None, "made for writing"
        data = self._source.read(size)
        self._measure(data)
        return data

    def _measure(self, data: bytes) -> None:
        self._hash.update(data)
        self.size += len(data)
        self.rows += data.count(b"\n")


def copy_out(
    connection: BaseDatabaseWrapper, table: Table, sink: Sink | None = None
) -> TableDigest:
    """Write the lines of a table to `sink.write` (None: nowhere); returns the `TableDigest`.

    Exact only inside the engine's `snapshot`, or in the transaction that wrote the table.
    """
    engine = engine_of(connection)
    meter = DigestingStream(sink=sink)
    engine.copy_out(connection, table, meter)
    return TableDigest(meter.rows, meter.sha256, engine.last_id(connection, table))
