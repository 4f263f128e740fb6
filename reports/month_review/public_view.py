"""What anybody sees of a publication who has its code."""

import json
from dataclasses import dataclass
from typing import Any

from core.levels import EducationLevel
from core.vietnamese import title_key

from ..indicators import INDICATORS, place_of
from ..models import Publication
from .selectors import is_unaltered, replacement_of
from .suppression import open_rows

# Of each commune; the area itself is shown whole.
OF_COMMUNES = ("attendance", "retention_b", "dropout", "coverage")


@dataclass(frozen=True)
class PublicView:
    """A publication for the page without a sign-in; figures are rows of `open_rows`.

    Attributes:
        whole: (level, rows in the order of the indicators) of the area itself.
        communes: (name, row of each of `OF_COMMUNES`, None where there is none), by name.
        has_gaps: whether figures are left out for the children's sake.
    """

    publication: Publication
    replaced_by: Publication | None
    is_unaltered: bool
    whole: list[tuple[str, list[dict[str, Any]]]]
    communes: list[tuple[str, list[dict[str, Any] | None]]]
    headings: list[str]
    has_gaps: bool


def public_view(publication: Publication) -> PublicView:
    """The public side of a publication; one query."""
    content = json.loads(publication.content)
    rows = [_with_numbers(row) for row in open_rows(content)]
    own = [row for row in rows if row["area"] == content["area"]]
    of_place: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        if row["area"] != content["area"] and not row["level"]:
            of_place.setdefault(row["area"], {})[row["indicator"]] = row
    whole = [
        (
            str(EducationLevel(level).label) if level else "",
            sorted(
                (row for row in own if row["level"] == level),
                key=lambda row: place_of(row["indicator"]),
            ),
        )
        for level in ("", *EducationLevel.values)
    ]
    named = [(next(iter(found.values()))["name"], found) for found in of_place.values()]
    communes = [
        (name, [found.get(code) for code in OF_COMMUNES])
        for name, found in sorted(named, key=lambda each: title_key(each[0]))
    ]
    return PublicView(
        publication=publication,
        replaced_by=replacement_of(publication),
        is_unaltered=is_unaltered(publication),
        whole=[(level, found) for level, found in whole if found],
        communes=communes,
        headings=[str(INDICATORS[code].name) for code in OF_COMMUNES],
        has_gaps=any(row["suppressed"] for row in rows),
    )


def _with_numbers(row: dict[str, Any]) -> dict[str, Any]:
    value = row["value"]
    return row | {
        "title": INDICATORS[row["indicator"]].name if row["indicator"] in INDICATORS else "",
        "share": None if value is None else float(value),
    }
