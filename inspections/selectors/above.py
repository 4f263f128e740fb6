"""Which areas stand above an area, on the map of a day; also above one that ended."""

import datetime
from collections.abc import Collection

from core.scope import AreaTree
from schools.areas.selectors.tree import successors
from schools.models import Area


def areas_above(tree: AreaTree, area_id: int) -> list[Area]:
    """The areas above an area of the map, the nearest first; none above one that is not there."""
    return tree.ancestors(area_id)[-2::-1]


def standing(areas: Collection[int], *, tree: AreaTree, on: datetime.date) -> dict[int, int | None]:
    """{area: the one that answers for it on a day}; no query while none has ended.

    None where several do, of which no one answers alone.
    """
    ended = [each for each in areas if each not in tree]
    following = successors(ended, on=on) if ended else {}
    return {each: each if each in tree else following.get(each) for each in areas}


def levels_above(
    areas: Collection[int], *, tree: AreaTree, on: datetime.date
) -> dict[int, list[Area]]:
    """{area: the areas above it, the nearest first}; one query for those that ended.

    Of an area that ended, the areas above the one that answers for it now; none where several do.
    """
    return {
        area: [] if now is None else areas_above(tree, now)
        for area, now in standing(areas, tree=tree, on=on).items()
    }
