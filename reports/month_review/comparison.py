"""A publication beside the figures of now, and the corrections that came between."""

import datetime
import json
from dataclasses import dataclass
from typing import Any

from core.levels import EducationLevel
from core.months import Month
from core.scope import Places
from schools.areas.selectors.tree import AreaTree
from schools.models import Area

from ..indicators import INDICATORS, Indicator
from ..models import Publication
from .corrections import Explained, explained
from .freezing import frozen_content


@dataclass(frozen=True)
class Compared:
    """One figure: as published and now, each None where there was no row. Shares as 0–1."""

    level: str
    indicator: Indicator
    published: dict[str, Any] | None
    now: dict[str, Any] | None

    @property
    def level_name(self) -> str:
        """The education level; "" stands for all together."""
        return str(EducationLevel(self.level).label) if self.level else ""

    @property
    def has_moved(self) -> bool:
        return self.published != self.now

    @property
    def published_share(self) -> float | None:
        return _share(self.published)

    @property
    def share_now(self) -> float | None:
        return _share(self.now)

    @property
    def difference(self) -> float | None:
        """Now less published, in shares; None when either has no value."""
        before, now = self.published_share, self.share_now
        return None if before is None or now is None else now - before


class Comparison:
    """A publication beside the figures of now, for the places of a reader.

    Args:
        places: those to read (`Scope.places_to_read`); only their areas are told of.

    A fixed number of queries whatever the number of schools.
    """

    def __init__(self, publication: Publication, places: Places) -> None:
        self.publication = publication
        content = json.loads(publication.content)
        self._tree = AreaTree.on(datetime.date.fromisoformat(content["map"]))
        inside = [publication.area, *self._tree.communes(publication.area_id)]
        readable = {area.pk: area for area in inside if area.pk in places.areas}
        self.areas: list[Area] = list(readable.values())
        found, self.stale = frozen_content(
            area=publication.area, month=Month.of(publication.month), number=publication.number
        )
        before, now = _by_key(content["rows"]), _by_key(found["rows"])
        self._rows: dict[str, list[Compared]] = {}
        codes = {area.code for area in self.areas}
        for key in sorted(before.keys() | now.keys(), key=_place_of):
            code, level, indicator = key
            if code in codes and indicator in INDICATORS:
                self._rows.setdefault(code, []).append(
                    Compared(level, INDICATORS[indicator], before.get(key), now.get(key))
                )

    def of(self, area: Area) -> list[Compared]:
        """Figures of one area: all levels together first, in the order of the indicators."""
        return self._rows.get(area.code, [])

    @property
    def moved(self) -> dict[int, int]:
        """{id of an area: how many of its figures have moved}; only those that have any."""
        counted = {area.pk: sum(row.has_moved for row in self.of(area)) for area in self.areas}
        return {pk: count for pk, count in counted.items() if count}

    def explained(self, area: Area) -> Explained | None:
        """What moved the attendance of one of its areas; None when no registers were kept."""
        communes = self._tree.communes(area.pk) or [area]
        return explained(self.publication, {each.code for each in communes})


def publication_in(places: Places, publication_id: int) -> Publication | None:
    """A publication whose area, or a commune of it, lies in the places to read; or None."""
    found = (
        Publication.objects.filter(pk=publication_id)
        .select_related("area", "lock", "published_by", "lock__unlocked_by")
        .first()
    )
    if found is None or not places.areas:
        return None
    day = datetime.date.fromisoformat(json.loads(found.content)["map"])
    return found if AreaTree.on(day).below(found.area_id) & places.areas else None


def communes_of(publication: Publication) -> set[int]:
    """Ids of the communes whose results were published, on the map of that day."""
    day = datetime.date.fromisoformat(json.loads(publication.content)["map"])
    found = {each.pk for each in AreaTree.on(day).communes(publication.area_id)}
    return found or {publication.area_id}


def _by_key(rows: list[dict[str, Any]]) -> dict[tuple[str, str, str], dict[str, Any]]:
    return {(row["area"], row["level"], row["indicator"]): row for row in rows}


def _place_of(key: tuple[str, str, str]) -> tuple[str, int, int]:
    code, level, indicator = key
    levels, indicators = ["", *EducationLevel.values], list(INDICATORS)
    at = indicators.index(indicator) if indicator in indicators else len(indicators)
    return code, levels.index(level), at


def _share(row: dict[str, Any] | None) -> float | None:
    return None if row is None or row["value"] is None else float(row["value"])
