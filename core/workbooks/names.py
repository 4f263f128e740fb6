"""Names that Excel takes for a sheet."""

import re
from collections.abc import Iterable

LONGEST = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
# Excel keeps this one for itself.
_RESERVED = "history"


def sheet_name(wanted: object, taken: Iterable[str] = ()) -> str:
    """A name for a sheet as near as may be to the one wanted.

    Args:
        taken: names of the other sheets; Excel holds two for one that differ in case only.
    """
    name = _cut(_FORBIDDEN.sub(" ", str(wanted)), LONGEST)
    if not name or name.casefold() == _RESERVED:
        name = f"{name or 'Sheet'} 1"
    others = {each.casefold() for each in taken}
    number, stem = 1, name
    while name.casefold() in others:
        number += 1
        name = f"{_cut(stem, LONGEST - len(str(number)) - 1)} {number}"
    return name


def _cut(text: str, length: int) -> str:
    """At most `length` of UTF-16's units, in which Excel measures, without bare edges."""
    units = text.encode("utf-16-le", "ignore")[: 2 * length]
    return units.decode("utf-16-le", "ignore").strip(" '")
