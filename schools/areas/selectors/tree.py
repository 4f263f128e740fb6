"""Reading the areas: the tree of one day, versions and successions."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.scope import Places
from core.validity import valid_on

from ...enums import AreaKind, AreaLevel
from ...models import Area, ClusterMembership, Placement, Succession

# The key and the name of the row of schools that lie in no unit of a map.
NOWHERE = 0
NOWHERE_NAME = _("Schools that lie in no unit of this map")


class AreaTree:
    """All areas valid on one day, in memory (some hundred rows), clusters included.

    A commune lies in its district while there are districts, in its cluster when somebody
    grouped it, else directly in the province. Two queries build it.
    """

    def __init__(
        self, date: datetime.date, areas: Sequence[Area], memberships: Iterable[tuple[int, int]]
    ) -> None:
        self.date = date
        self.by_id = {area.pk: area for area in areas}
        self._parent = {area.pk: area.parent_id for area in areas}
        for commune_id, cluster_id in memberships:
            if cluster_id in self.by_id and commune_id in self.by_id:
                self._parent[commune_id] = cluster_id
        self._children: defaultdict[int | None, list[Area]] = defaultdict(list)
        for area in sorted(areas, key=_by_name):
            self._children[self._parent[area.pk]].append(area)

    @classmethod
    def on(cls, date: datetime.date) -> Self:
        """The tree of `date`; villages are left out."""
        areas = list(Area.objects.on(date).filter(level__lte=AreaLevel.COMMUNE))
        memberships = ClusterMembership.objects.on(date).values_list("commune_id", "cluster_id")
        return cls(date, areas, memberships)

    def __contains__(self, area_id: object) -> bool:
        return area_id in self.by_id

    def __getitem__(self, area_id: int) -> Area:
        """The area; raises KeyError when it is not valid on the day."""
        return self.by_id[area_id]

    def get(self, area_id: int | None) -> Area | None:
        """The area, or None when it is not valid on the day."""
        return None if area_id is None else self.by_id.get(area_id)

    @cached_property
    def provinces(self) -> list[Area]:
        """Areas without a parent."""
        return list(self._children[None])

    def children(self, area_id: int) -> list[Area]:
        """Areas directly below, by name."""
        return list(self._children[area_id])

    def parent(self, area_id: int) -> Area | None:
        """The area directly above, or None."""
        return self.get(self._parent.get(area_id))

    def ancestors(self, area_id: int | None) -> list[Area]:
        """From the province down to the area itself."""
        chain = []
        area = self.get(area_id)
        while area is not None:
            chain.append(area)
            area = self.parent(area.pk)
        return chain[::-1]

    def depth(self, area_id: int) -> int:
        """Number of areas above; unknown areas come last."""
        return len(self.ancestors(area_id)) or 99

    def below(self, area_id: int | None) -> set[int]:
        """Ids of the area and everything under it; empty when not valid on the day."""
        if area_id is None or area_id not in self.by_id:
            return set()
        found: set[int] = set()
        waiting = [area_id]
        while waiting:
            current = waiting.pop()
            found.add(current)
            waiting.extend(child.pk for child in self._children[current])
        return found

    def communes(self, area_id: int | None = None) -> list[Area]:
        """Communes of the day, all or under one area, by name."""
        inside = None if area_id is None else self.below(area_id)
        return [
            area
            for area in sorted(self.by_id.values(), key=_by_name)
            if area.level == AreaLevel.COMMUNE and (inside is None or area.pk in inside)
        ]

    def district_of(self, commune_id: int) -> Area | None:
        """The district or cluster of a commune, or None."""
        parent = self.parent(commune_id)
        return parent if parent and parent.level == AreaLevel.DISTRICT else None

    @property
    def districts(self) -> list[Area]:
        """District-level areas, clusters included, by name."""
        return [
            area
            for area in sorted(self.by_id.values(), key=_by_name)
            if area.level == AreaLevel.DISTRICT
        ]


def _by_name(area: Area) -> tuple[int, str, str]:
    return area.level, area.name_key, area.code


def chain_on(commune_id: int, date: datetime.date) -> list[Area]:
    """A commune's areas on a day, from the province down to itself: `AreaTree.ancestors`
    without the tree, for a single place. One query, two for a commune of no cluster."""
    membership = _memberships(date).filter(commune_id=commune_id).first()
    if membership is None:
        commune = Area.objects.select_related("parent__parent").get(pk=commune_id)
        return _chain(commune, commune.parent, date)
    return _chain_of(membership, date)


def chain_of_school(school_id: int, date: datetime.date) -> list[Area]:
    """`chain_on` of the commune in which a school lies that day; empty when it lies nowhere."""
    membership = (
        _memberships(date)
        .filter(valid_on(date, "commune__placements__"), commune__placements__school=school_id)
        .first()
    )
    if membership is not None:
        return _chain_of(membership, date)
    placement = (
        Placement.objects.on(date)
        .filter(school_id=school_id)
        .select_related("commune__parent__parent")
        .first()
    )
    if placement is None:
        return []
    return _chain(placement.commune, placement.commune.parent, date)


def _memberships(date: datetime.date) -> QuerySet[ClusterMembership]:
    return ClusterMembership.objects.on(date).select_related("commune", "cluster__parent__parent")


def _chain_of(membership: ClusterMembership, date: datetime.date) -> list[Area]:
    commune = membership.commune
    in_cluster = membership.cluster.is_valid_on(date)
    return _chain(commune, membership.cluster if in_cluster else commune.parent, date)


def _chain(commune: Area, above: Area | None, date: datetime.date) -> list[Area]:
    chain: list[Area] = []
    area: Area | None = commune
    while area is not None and area.is_valid_on(date):
        chain.append(area)
        area = above if area is commune else area.parent
    return chain[::-1]


def map_changes(start: datetime.date, end: datetime.date) -> list[datetime.date]:
    """Days in (start, end) on which the tree of areas changes, sorted.

    Two queries; none when no day lies between.
    """
    if (end - start).days <= 1:
        return []
    days: set[datetime.date] = set()
    for model in (
        Area.objects.filter(level__lte=AreaLevel.COMMUNE),
        ClusterMembership.objects.all(),
    ):
        for day_from, day_to in model.filter(
            Q(valid_from__gt=start, valid_from__lt=end) | Q(valid_to__gt=start, valid_to__lt=end)
        ).values_list("valid_from", "valid_to"):
            days.update(day for day in (day_from, day_to) if day and start < day < end)
    return sorted(days)


def area_version(code: str, *, on: datetime.date, level: int | None = None) -> Area | None:
    """The version of a code valid on a day, or None. Give `level` where codes may clash."""
    versions = Area.objects.on(on).filter(code=code)
    if level is not None:
        versions = versions.filter(level=level)
    return versions.order_by("level").first()


def province_on(date: datetime.date) -> Area | None:
    """The province on a day, None before there is one; one query."""
    return Area.objects.on(date).filter(kind=AreaKind.PROVINCE).order_by("pk").first()


def province_id_on(date: datetime.date) -> int | None:
    """Its id: where what holds for the whole province is decided; one query."""
    found = province_on(date)
    return found.pk if found is not None else None


def area_in(places: Places, area_id: int) -> Area | None:
    """The province, district, cluster or commune when it lies in the places, else None; one query.

    A unit that ended is found in the places to read (`Scope.places_to_read`).
    """
    if area_id not in places.areas:
        return None
    return Area.objects.filter(pk=area_id, level__lte=AreaLevel.COMMUNE).first()


def parts_of(area_ids: Iterable[int], *, on: datetime.date) -> dict[int, set[int]]:
    """Where the territory of each area lies on a later day: dict old id -> new ids; one query.

    Follows successions up to `on`. An area that none followed is its own part.
    """
    next_of: defaultdict[int, set[int]] = defaultdict(set)
    for old_id, new_id in Succession.objects.filter(effective_on__lte=on).values_list(
        "old_id", "new_id"
    ):
        next_of[old_id].add(new_id)
    found = {}
    for area_id in area_ids:
        parts, ahead, passed = set(), {area_id}, set()
        while ahead:
            current = ahead.pop()
            passed.add(current)
            following = next_of[current]
            ahead |= following - passed
            if not following:
                parts.add(current)
        found[area_id] = parts
    return found


def successors(area_ids: Iterable[int], *, on: datetime.date) -> dict[int, int]:
    """The one area in which the territory of each lies on a later day: dict old id -> new id.

    One that was divided has no single successor and is left out. See `parts_of`.
    """
    return {
        old_id: next(iter(parts))
        for old_id, parts in parts_of(area_ids, on=on).items()
        if len(parts) == 1
    }


@dataclass(frozen=True)
class UnitCount:
    """How many units of each kind exist on a day."""

    districts: int
    clusters: int
    communes: int


def count_units(*, on: datetime.date) -> UnitCount:
    """Units of the whole table on a day (clusters are counted apart from districts)."""
    tree = AreaTree.on(on)
    districts = tree.districts
    clusters = sum(area.kind == AreaKind.CLUSTER for area in districts)
    return UnitCount(
        districts=len(districts) - clusters, clusters=clusters, communes=len(tree.communes())
    )


def communes_of_schools(
    *, on: datetime.date, school_ids: Iterable[int] | QuerySet[Any] | None = None
) -> dict[int, int]:
    """Dict school id -> commune id on a day's map, for restating a series to that map.

    A school placed on that day lies where it is placed. One that closed before is carried
    forward through the successions; one that opened later is counted where it first lay
    when that commune already existed, else it is left out.
    """
    lies = places_of_schools(on=on, school_ids=school_ids)
    return {school: commune for school, commune in lies.items() if commune is not None}


def places_of_schools(
    *, on: datetime.date, school_ids: Iterable[int] | QuerySet[Any] | None = None
) -> dict[int, int | None]:
    """`communes_of_schools` by school, with None for those that lie nowhere on that map.

    One query, one more when a school closed before the day, another when one opened later.
    """
    placements = Placement.objects.order_by("school_id", "valid_from")
    if school_ids is not None:
        placements = placements.filter(school_id__in=school_ids)
    every: dict[int, None] = {}
    placed: dict[int, int] = {}
    before: dict[int, int] = {}
    after: dict[int, int] = {}
    for school_id, commune_id, valid_from, valid_to in placements.values_list(
        "school_id", "commune_id", "valid_from", "valid_to"
    ):
        every[school_id] = None
        if valid_from > on:
            after.setdefault(school_id, commune_id)
        elif valid_to is None or on < valid_to:
            placed[school_id] = commune_id
        else:
            before[school_id] = commune_id
    missing = {school: area for school, area in before.items() if school not in placed}
    carried = successors(set(missing.values()), on=on) if missing else {}
    for school, area in missing.items():
        if area in carried:
            placed[school] = carried[area]
    later = {school: area for school, area in after.items() if school not in placed}
    if later:
        valid = set(Area.objects.on(on).filter(pk__in=later.values()).values_list("pk", flat=True))
        placed.update({school: area for school, area in later.items() if area in valid})
    return {school: placed.get(school) for school in every}


def of_province(province: Area, prefix: str = "") -> Q:
    """Q for placements (or related ones, with `prefix`) in any commune that a province ever had."""
    found = Q()
    for above in (f"{prefix}commune__parent", f"{prefix}commune__parent__parent"):
        found |= Q(**{f"{above}__level": AreaLevel.PROVINCE, f"{above}__code": province.code})
    return found


def schools_of_province(
    province: Area, area_ids: Collection[int], *, on: datetime.date
) -> tuple[dict[int, int], list[int]]:
    """Every school that ever lay in a province, on a day's map.

    Args:
        province: any version of it; area_ids: it and all below it on that day.

    Returns: dict school id -> commune id of those inside, and the ids of those that lie nowhere
    on that map: opened later in a commune that was not there, or closed in one that was divided.
    So the sums of a province are the same on every map. Queries of `places_of_schools`.
    """
    ever_there = Placement.objects.filter(of_province(province)).order_by().values("school_id")
    lies = places_of_schools(on=on, school_ids=ever_there)
    inside = {
        school: commune
        for school, commune in lies.items()
        if commune is not None and commune in area_ids
    }
    return inside, [school for school, commune in lies.items() if commune is None]


def schools_in(area_ids: Collection[int], *, on: datetime.date) -> dict[int, int]:
    """Dict school id -> commune id of the schools that lie in some areas on a day's map.

    The part of `communes_of_schools` inside the areas, without reading the placements of
    other provinces: who lies there on that day was placed there, or in a unit it came from.
    """
    came_from, waiting = set(area_ids), set(area_ids)
    while waiting:
        older = Succession.objects.filter(new__in=waiting, effective_on__lte=on)
        waiting = set(older.values_list("old_id", flat=True)) - came_from
        came_from |= waiting
    ever_there = Placement.objects.filter(commune__in=came_from).order_by().values("school_id")
    return {
        school_id: commune_id
        for school_id, commune_id in communes_of_schools(on=on, school_ids=ever_there).items()
        if commune_id in area_ids
    }
