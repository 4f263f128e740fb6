"""What the preview of an uploaded list keeps as JSON, and how its reader is told of it."""

from collections.abc import Callable
from typing import Any

from ..wordings import Words
from ..workbooks import Table
from ..workbooks.lists import ListLine, Refusal


def refused_row(
    line: ListLine, refusal: Refusal, *, table: Table, header_of: Callable[[str], str]
) -> dict[str, Any]:
    """Where a refused cell stands, what is written there, and why it cannot be taken."""
    key, code, params = refusal
    place = table.places.get(key)
    return {
        "sheet": line.sheet,
        "row": line.number,
        "letter": place.letter if place else "",
        "header": place.text if place else header_of(key),
        "value": line.text(key) if key else "",
        "code": code,
        "params": params,
    }


def in_reader_words(
    preview: dict[str, Any],
    *,
    header_of: Callable[[str], str],
    words: Callable[[str, dict[str, str]], Words],
) -> dict[str, Any]:
    """A stored preview with refusals and column names in the language of the reader."""
    worded = dict(preview)
    worded["refused"] = []
    for refusal in preview.get("refused", ()):
        what, remedy = words(refusal["code"], refusal["params"])
        worded["refused"].append(refusal | {"problem": what, "remedy": remedy})
    worded["changed"] = [
        row | {"changes": [(header_of(key), old, new) for key, old, new in row["changes"]]}
        for row in preview.get("changed", ())
    ]
    return worded
