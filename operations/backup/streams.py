"""What bytes are written to and read from, as far as a backup needs it."""

from typing import Protocol


class Sink(Protocol):
    """What takes bytes."""

    def write(self, data: bytes, /) -> object: ...


class Source(Protocol):
    """What gives bytes."""

    def read(self, size: int, /) -> bytes: ...
