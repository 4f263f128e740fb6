"""Outlines of units, to be drawn."""

from collections.abc import Collection
from dataclasses import dataclass

from ...models import AreaBoundary
from ..boundary_files import Ring


@dataclass(frozen=True)
class Boundaries:
    """Rings by id of the unit, and whose maps they are."""

    rings: dict[int, list[Ring]]
    sources: list[str]


def boundaries_of(area_ids: Collection[int]) -> Boundaries:
    """The outlines of units; those that have none are missing. One query."""
    found = AreaBoundary.objects.filter(area__in=area_ids).order_by("source", "pk")
    rows = list(found.values_list("area", "rings", "source"))
    return Boundaries(
        {area: rings for area, rings, _source in rows},
        list(dict.fromkeys(source for _area, _rings, source in rows)),
    )
