"""Which publication stands, and what differs from it now."""

import json
from dataclasses import dataclass
from typing import Any

from core.months import Month
from schools.models import Area

from ..models import Publication
from .freezing import fingerprint, frozen_content


@dataclass(frozen=True)
class Difference:
    """One figure that is not what it was when it was published; None where there was no row."""

    area: str
    level: str
    indicator: str
    published: dict[str, Any] | None
    now: dict[str, Any] | None


def latest_publication(area: Area, month: Month) -> Publication | None:
    """The last publication of an area's month, or None; one query."""
    return (
        Publication.objects.filter(area=area, month=month.first)
        .select_related("lock", "area")
        .order_by("-number")
        .first()
    )


def is_unaltered(publication: Publication) -> bool:
    """Whether the figures kept are those over which the fingerprint was made."""
    return fingerprint(publication.content) == publication.fingerprint


def differences(publication: Publication) -> list[Difference]:
    """The figures that are not as they were published, in the order of the publication."""
    content, _stale = frozen_content(
        area=publication.area, month=Month.of(publication.month), number=publication.number
    )
    before, now = _by_key(publication.content), _by_key(content)
    return [
        Difference(*key, published=before.get(key), now=now.get(key))
        for key in sorted(before.keys() | now.keys())
        if before.get(key) != now.get(key)
    ]


def _by_key(content: str) -> dict[tuple[str, str, str], dict[str, Any]]:
    return {
        (row["area"], row["level"], row["indicator"]): row for row in json.loads(content)["rows"]
    }
