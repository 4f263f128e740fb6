"""Which areas of the past are read together with areas of a day (ADR 32).

What was filed under an area (a flag, a plan, a closure) stays filed under that version of it.
When the version ends, those who answer for the territory now read it:

* a **commune** is the smallest unit kept, so its record cannot be divided: whoever holds any
  unit that took over a part of it reads the whole record;
* a unit **made of communes** (district, cluster) can be told apart: it is read by whoever
  reads every commune it consisted of on its last day, or holds every unit that followed it;
* a unit of which no successor is recorded is read by whoever reads what it lay in, and
  everything that ever lay in a province by whoever holds the province.

Reading only: nobody writes into what has ended.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Sequence, Set
from functools import cached_property

from ...enums import AreaKind, AreaLevel
from ...models import Area, ClusterMembership, Succession

ONE_DAY = datetime.timedelta(days=1)


class AreaHistory:
    """Every version of every area up to a day, in memory (some hundred rows), villages left out.

    Two queries build it, three when a cluster has ended.
    """

    def __init__(self, date: datetime.date) -> None:
        self.date = date
        rows = Area.objects.filter(level__lte=AreaLevel.COMMUNE, valid_from__lte=date).values_list(
            "pk", "parent_id", "level", "kind", "valid_from", "valid_to"
        )
        self._parent: dict[int, int | None] = {}
        self._days: dict[int, tuple[datetime.date, datetime.date | None]] = {}
        self._communes: set[int] = set()
        self._last_days: dict[int, datetime.date] = {}
        clusters: set[int] = set()
        changes: set[datetime.date] = set()
        for pk, parent_id, level, kind, valid_from, valid_to in rows:
            self._parent[pk] = parent_id
            self._days[pk] = (valid_from, valid_to)
            if kind != AreaKind.CLUSTER:
                changes.add(valid_from)
            if level == AreaLevel.COMMUNE:
                self._communes.add(pk)
            if valid_to is not None and valid_to <= date:
                self._last_days[pk] = valid_to - ONE_DAY
                if kind == AreaKind.CLUSTER:
                    clusters.add(pk)
        self._map_days = sorted(changes)
        self._ended = set(self._last_days)
        self._older: defaultdict[int, set[int]] = defaultdict(set)
        self._next: defaultdict[int, set[int]] = defaultdict(set)
        for old, new in Succession.objects.filter(effective_on__lte=date).values_list("old", "new"):
            self._older[new].add(old)
            self._next[old].add(new)
        self._lay_in: defaultdict[int | None, set[int]] = defaultdict(set)
        for pk, above in self._parent.items():
            self._lay_in[above].add(pk)
        self._above: defaultdict[int, set[int]] = defaultdict(set)
        self._last_communes = {
            pk: self._communes_on(pk, self._last_days[pk]) for pk in self._ended - self._communes
        }
        if clusters:
            self._read_clusters(clusters)

    @property
    def map_days(self) -> Sequence[datetime.date]:
        """Days on which official units began, sorted; grouping communes makes no map."""
        return self._map_days

    def holds_on(self, area_id: int, day: datetime.date) -> bool:
        """Whether the version is valid on a day."""
        valid_from, valid_to = self._days.get(area_id, (datetime.date.max, None))
        return valid_from <= day and (valid_to is None or day < valid_to)

    def ended(self, area_id: int) -> bool:
        """Whether the version is over on the day."""
        return area_id in self._ended

    def last_day(self, area_id: int) -> datetime.date | None:
        """The last day of a version that has ended, or None."""
        return self._last_days.get(area_id)

    def readable(self, area_ids: Collection[int]) -> frozenset[int]:
        """`area_ids` (already with all below them) and the ended versions read with them."""
        key = frozenset(area_ids)
        if key not in self._readable:
            self._readable[key] = frozenset(self._widen(key))
        return self._readable[key]

    def above(self, area_ids: Collection[int]) -> set[int]:
        """Ids of all that the areas among `area_ids` which have ended once lay in."""
        found: set[int] = set()
        waiting = [area_id for area_id in area_ids if area_id in self._ended]
        while waiting:
            current = waiting.pop()
            for higher in {self._parent.get(current), *self._above[current]} - found:
                if higher is not None:
                    found.add(higher)
                    waiting.append(higher)
        return found

    def before(self, area_ids: Collection[int]) -> set[int]:
        """The areas and every version that went into them, wholly or in part."""
        found, waiting = set(area_ids), list(area_ids)
        while waiting:
            for older in self._older[waiting.pop()] - found:
                found.add(older)
                waiting.append(older)
        return found

    def wholly_before(self, area_ids: Collection[int]) -> set[int]:
        """The areas and every version that went into them with its whole territory.

        For sums: one that was divided is counted where all its parts are, and in no part.
        """
        found = set(area_ids)
        left = self.before(found) - found
        while more := {pk for pk in left if self._next[pk] <= found}:
            found |= more
            left -= more
        return found

    @cached_property
    def _readable(self) -> dict[frozenset[int], frozenset[int]]:
        return {}

    def _widen(self, held: Collection[int]) -> set[int]:
        found = set(held)
        for pk in held:
            if pk in self._parent and self._parent[pk] is None:
                found |= self._ever_below(pk)
        left = self._ended - found
        while True:
            more = {pk for pk in left if self._is_read_with(pk, found)}
            if not more:
                return found
            found |= more
            left -= more

    def _is_read_with(self, pk: int, found: Set[int]) -> bool:
        following = self._next[pk]
        if pk in self._communes:
            return bool(following & found) if following else self._parent[pk] in found
        if following and following <= found:
            return True
        parts = self._last_communes[pk]
        if parts:
            return parts <= found
        return not following and self._parent[pk] in found

    def _ever_below(self, pk: int) -> set[int]:
        found: set[int] = set()
        waiting = [pk]
        while waiting:
            for below in self._lay_in[waiting.pop()] - found:
                found.add(below)
                waiting.append(below)
        return found & self._ended

    def _communes_on(self, pk: int, day: datetime.date) -> set[int]:
        """Communes under an area on a day, those left out of which nobody says what followed."""
        found: set[int] = set()
        for below in self._lay_in[pk]:
            valid_from, valid_to = self._days[below]
            if not (valid_from <= day and (valid_to is None or day < valid_to)):
                continue
            if below not in self._communes:
                found |= self._communes_on(below, day)
            elif below not in self._ended or self._next[below]:
                found.add(below)
        return found

    def _read_clusters(self, clusters: Collection[int]) -> None:
        for cluster, commune, valid_from, valid_to in ClusterMembership.objects.filter(
            cluster__in=clusters
        ).values_list("cluster_id", "commune_id", "valid_from", "valid_to"):
            if commune not in self._parent:
                continue
            self._above[commune].add(cluster)
            day = self._last_days[cluster]
            if valid_from <= day and (valid_to is None or day < valid_to):
                self._last_communes[cluster].add(commune)
