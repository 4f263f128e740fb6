"""The text of one value: what PostgreSQL's COPY writes, made from what SQLite stores, and back.

PostgreSQL reads and writes this form itself; only SQLite needs the functions here.
"""

import json
import re
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .tables import Column

NULL = r"\N"
ESCAPES = {
    "\\": r"\\",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
}
LETTERS = {escaped[1]: plain for plain, escaped in ESCAPES.items()}
NEEDS_ESCAPE = re.compile(r"[\\\x08-\x0d]")
ESCAPED = re.compile(r"\\(.)")
# The most frequent JSON by far: a register in which nobody was away.
NO_MARKS = "{}"
HEX = r"\\x"


def to_text(column: Column) -> Callable[[Any], str]:
    """Function: a value as SQLite stores it (never NULL) -> its text.

    Raises ValueError when the value is not of the column's kind: SQLite would not have noticed.
    """
    if column.kind == "decimal":
        return lambda value: f"{Decimal(str(value)):.{column.places}f}"
    return _WRITERS[column.kind]


def from_text(column: Column) -> Callable[[str], Any]:
    """Function: the text of a value (never NULL) -> the value as Django keeps it in SQLite."""
    return _READERS[column.kind]


def escape(value: object) -> str:
    """A string with the characters that would break a line or a field written as COPY does."""
    if not isinstance(value, str):
        raise ValueError(f"not a text: {value!r}")
    if NEEDS_ESCAPE.search(value):
        return NEEDS_ESCAPE.sub(lambda found: ESCAPES[found[0]], value)
    return value


def unescape(text: str) -> str:
    """The string that `escape` was given."""
    if "\\" in text:
        return ESCAPED.sub(lambda found: LETTERS.get(found[1], found[1]), text)
    return text


def json_text(stored: str) -> str:
    """The text of a JSON value as PostgreSQL's jsonb prints it, escaped for COPY."""
    if stored == NO_MARKS:
        return stored
    return escape(_jsonb(json.loads(stored, parse_float=Decimal)))


def _jsonb(value: Any) -> str:
    if isinstance(value, dict):
        # jsonb keeps shorter keys first, then by their bytes.
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        inner = ", ".join(f"{_string(key)}: {_jsonb(value[key])}" for key in keys)
        return "{" + inner + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_jsonb, value)) + "]"
    if isinstance(value, Decimal):
        return format(value if value else abs(value), "f")
    return _string(value)


def _string(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _bytes(value: object) -> str:
    if not isinstance(value, bytes):
        raise ValueError(f"not bytes: {value!r}")
    return HEX + value.hex()


def _integer(value: Any) -> str:
    return str(int(value))


def _boolean(value: int) -> str:
    return {0: "f", 1: "t"}[value]


def _moment(stored: str) -> str:
    # Django stores UTC, with no fraction or with six digits of it.
    whole, _dot, fraction = stored.partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}+00" if fraction else f"{whole}+00"


def _stored_moment(text: str) -> str:
    whole, _dot, fraction = text.removesuffix("+00").partition(".")
    return f"{whole}.{fraction:0<6}" if fraction else whole


def _float(value: float) -> str:
    """The shortest digits that mean this float, laid out as PostgreSQL does.

    Both engines print the shortest digits; they could differ only where a short decimal lies
    exactly between two floats, which needs a number above 2**53.
    """
    sign, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"not a finite number: {value!r}")
    point = len(digits) + exponent - 1
    if value == 0 or -4 <= point < 15:
        return ("-" if sign else "") + format(abs(Decimal((0, digits, exponent))), "f")
    mantissa = "".join(map(str, digits))
    mantissa = mantissa[0] + ("." + mantissa[1:] if len(mantissa) > 1 else "")
    return f"{'-' if sign else ''}{mantissa}e{point:+03d}"


_WRITERS: dict[str, Callable[[Any], str]] = {
    "integer": _integer,
    "text": escape,
    "boolean": _boolean,
    "date": escape,
    "moment": _moment,
    "float": _float,
    "uuid": lambda stored: str(uuid.UUID(stored)),
    "json": json_text,
    "bytes": _bytes,
}
_READERS: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "text": unescape,
    "boolean": {"f": 0, "t": 1}.__getitem__,
    "date": str,
    "moment": _stored_moment,
    # The column has numeric affinity: SQLite makes the number, as it does for Django.
    "decimal": str,
    "float": float,
    "uuid": lambda text: text.replace("-", ""),
    "json": unescape,
    "bytes": lambda text: bytes.fromhex(text.removeprefix(HEX)),
}
