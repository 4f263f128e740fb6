"""Which areas stand above an area, on the map of a day; also above one that ended."""

import datetime
from collections.abc import Collection

from core.scope import AreaTree
from schools.areas.selectors.tree import parts_of
from schools.models import Area


def areas_above(tree: AreaTree, area_id: int) -> list[Area]:
    """The areas above an area of the map, the nearest first; none above one that is not there."""
    return tree.ancestors(area_id)[-2::-1]


def levels_above(
    areas: Collection[int], *, tree: AreaTree, on: datetime.date
) -> dict[int, list[Area]]:
    """{area: the areas above it, the nearest first}; one query for those that ended.

    Of an area that ended, the areas above what it went into; where it was divided, those above
    all of its parts.
    """
    ended = [each for each in areas if each not in tree]
    parts = parts_of(ended, on=on) if ended else {}
    return {each: _above_all(parts.get(each, {each}), tree) for each in areas}


def _above_all(areas: Collection[int], tree: AreaTree) -> list[Area]:
    first, *others = [areas_above(tree, each) for each in areas] or [[]]
    return [area for area in first if all(area in other for other in others)]
