"""A set of pupil ids in few bytes.

Every revision keeps the roll the teacher saw, for ever; as JSON that is the largest part of
the database. Ids of one class lie close together, so their ascending differences take a
byte or two each: unsigned LEB128, the variable-length numbers of DWARF and WebAssembly.
"""

from base64 import b64encode
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


def pack(ids: Iterable[int]) -> bytes:
    """Bytes of a collection of whole numbers ≥ 0; order and repetition are lost."""
    packed = bytearray()
    before = 0
    for number in sorted(set(ids)):
        if number < 0:
            raise ValueError(f"{number} is not an id")
        rest = number - before
        before = number
        while rest > 0x7F:
            packed.append(rest & 0x7F | 0x80)
            rest >>= 7
        packed.append(rest)
    return bytes(packed)


def unpack(packed: bytes) -> list[int]:
    """The ids of `pack`, ascending; ValueError when the bytes end inside a number."""
    ids, number, rest, shift = [], 0, 0, 0
    for byte in packed:
        rest |= (byte & 0x7F) << shift
        if byte & 0x80:
            shift += 7
            continue
        number += rest
        ids.append(number)
        rest = shift = 0
    if shift:
        raise ValueError("the list of pupils ends inside a number")
    return ids


class PupilIdsField(models.BinaryField):
    """A list of pupil ids, ascending, each once; kept as `pack` writes it."""

    def from_db_value(self, value: Any, expression: object, connection: object) -> list[int] | None:
        return None if value is None else unpack(bytes(value))

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        if isinstance(value, (list, tuple, set, frozenset)):
            value = pack(value)
        return super().get_db_prep_value(value, connection, prepared)

    def to_python(self, value: Any) -> list[int]:
        # Serialised fixtures carry bytes as base64 text; ids come as they are.
        return value if isinstance(value, list) else unpack(super().to_python(value))

    def value_to_string(self, obj: models.Model) -> str:
        ids: Any = self.value_from_object(obj)
        return b64encode(pack(ids)).decode("ascii")
