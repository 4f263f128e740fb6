"""What of a publication may be shown to everybody: figures from which few people are told are not.

A figure about pupils is small when what is counted above its line, what is left out of it, or the
pupils behind it are one to four. It is left out whole, with its rate and interval. A figure that
could be worked out from its neighbours goes with it: whatever adds up to a total (levels to all
levels together, communes to their area) never lacks one figure alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeAlias

# Fewer people than these are not told of in public: a common bound of statistical offices.
FEWEST = 5
OF_PUPILS = frozenset({"attendance", "retention_a", "retention_b", "dropout"})
# What a row keeps when its figures are left out: what it is about, and its target.
LEFT_OUT = ("numerator", "denominator", "value", "low", "high", "pupils")

Row: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, str, str]


class Suppressed(StrEnum):
    """Why the figures of a row are left out."""

    SMALL = "small_count"
    DERIVABLE = "derivable"


def open_rows(content: Mapping[str, Any]) -> list[Row]:
    """The rows of a publication as anybody may see them, in its order.

    Each has `suppressed`: None, or why its figures are None.
    """
    rows = {_key(row): row for row in content["rows"]}
    why = dict.fromkeys((key for key, row in rows.items() if is_small(row)), Suppressed.SMALL)
    lines = _lines(rows)
    while found := [key for line in lines if (key := _to_leave_out(line, rows, why)) is not None]:
        why |= dict.fromkeys(found, Suppressed.DERIVABLE)
    return [_shown(row, why.get(key)) for key, row in rows.items()]


def is_small(row: Mapping[str, Any]) -> bool:
    """Whether a row tells of few people; registers are none."""
    if row["indicator"] not in OF_PUPILS:
        return False
    counts = (row["numerator"], row["denominator"] - row["numerator"], row["pupils"] or 0)
    return any(0 < abs(count) < FEWEST for count in counts)


def _key(row: Mapping[str, Any]) -> Key:
    return row["area"], row["level"], row["indicator"]


def _lines(rows: Iterable[Key]) -> list[list[Key]]:
    """Rows that hang together by a sum: a total and its parts, each line of two or more."""
    lines: dict[tuple[str, str, str], list[Key]] = {}
    for key in rows:
        place, level, indicator = key
        if indicator not in OF_PUPILS:
            continue
        lines.setdefault(("levels", place, indicator), []).append(key)
        lines.setdefault(("places", level, indicator), []).append(key)
    return [line for line in lines.values() if len(line) > 1]


def _to_leave_out(
    line: Sequence[Key], rows: Mapping[Key, Row], why: Mapping[Key, Suppressed]
) -> Key | None:
    """The row to leave out beside the single one that is missing from a line; None: it is well."""
    left = [key for key in line if key not in why]
    if len(line) - len(left) != 1 or not left:
        return None
    # The smallest with anybody in it: a total is the last to go.
    return min(left, key=lambda key: (not rows[key]["denominator"], rows[key]["denominator"], key))


def _shown(row: Row, why: Suppressed | None) -> Row:
    if why is None:
        return row | {"suppressed": None}
    hidden: Row = dict.fromkeys(LEFT_OUT)
    if "judgement" in row:
        hidden["judgement"] = None
    return row | hidden | {"suppressed": why.value}
