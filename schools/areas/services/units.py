"""The official units of the province, from our own data files, and what a reform moves.

The files in the folder of the province (`core.province`) hold every version of every unit with
its two dates; their README tells the sources and what is still to be checked. Loading them again
changes nothing; loading longer files ends the versions that a reform ended and adds the new ones.
"""

import csv
import datetime
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from django.db import transaction

from core.events import record
from core.province import province
from core.types import User

from ... import events
from ...enums import AreaKind, AreaLevel
from ...models import Area, AreaDesignation, ClusterMembership, Succession
from .placements import move_placements_to_successors

# Level, code and first day name a version of a unit.
Versions: TypeAlias = dict[tuple[int, str, datetime.date], Area]
Key = TypeVar("Key", bound=Hashable)
Dated = TypeVar("Dated", Area, AreaDesignation, ClusterMembership)


@dataclass
class Tally:
    """What loading one kind of row did."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0

    def count(self, found: bool, changed: bool) -> None:
        """Count one row: `found` in the database before, `changed` now."""
        if not found:
            self.created += 1
        elif changed:
            self.changed += 1
        else:
            self.unchanged += 1


@dataclass
class Loaded:
    """The outcome of `load_units`, ready to be shown."""

    areas: Tally
    successions: Tally
    designations: Tally
    clusters: Tally
    moved_school_ids: list[int]
    unplaced_school_ids: list[int]


@transaction.atomic
def load_units(
    *, until: datetime.date | None = None, clusters: bool = False, by: User | None = None
) -> Loaded:
    """Write the units, successions and designations of the data files.

    Args:
        until: load only what was in force by this day, as it was known then; None for all.
        clusters: also group the communes of 2025 into clusters (cụm), which is optional.
        by: the person who loads, or None for the command line.

    A version that exists takes the file's name, kind, parent and end; an end once written is
    never taken back. Placements of schools follow the successions. Returns `Loaded`.
    """
    until = until or datetime.date.max
    areas, versions = _load_areas(until)
    successions, days = _load_successions(versions, until)
    designations = _load_designations(versions, until)
    cluster_tally = _load_clusters(versions, until) if clusters else Tally()
    moved: list[int] = []
    unplaced: list[int] = []
    for day in days:
        outcome = move_placements_to_successors(on=day, by=by)
        moved += outcome.moved_school_ids
        unplaced += outcome.unplaced_school_ids
    return Loaded(areas, successions, designations, cluster_tally, moved, unplaced)


def _rows(name: str) -> list[dict[str, str]]:
    with (province().folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def _end(text: str, until: datetime.date = datetime.date.max) -> datetime.date | None:
    """The end in a cell; None when empty or not yet known by `until`."""
    day = _day(text) if text else None
    return None if day is None or day > until else day


def _write(
    model: type[Dated],
    objects: Mapping[Key, Dated],
    existing: Mapping[Key, Dated],
    fields: Sequence[str],
    tally: Tally,
) -> None:
    """Create or update `objects` (dict key -> unsaved row) beside `existing` (same keys)."""
    changed, new = [], []
    for key, wanted in objects.items():
        stored = existing.get(key)
        if stored is None:
            new.append(wanted)
            tally.count(False, False)
            continue
        if wanted.valid_to is None:
            wanted.valid_to = stored.valid_to
        differs = any(getattr(stored, field) != getattr(wanted, field) for field in fields)
        if differs:
            for field in fields:
                setattr(stored, field, getattr(wanted, field))
            changed.append(stored)
        tally.count(True, differs)
    # Ends are written before beginnings: no day may see two versions of one thing.
    model.objects.bulk_update(changed, [field.removesuffix("_id") for field in fields])
    model.objects.bulk_create(new)


def _load_areas(until: datetime.date) -> tuple[Tally, Versions]:
    """Write the versions level by level; returns the tally and dict (level, code, from) -> Area."""
    by_level: defaultdict[int, dict[tuple[int, str, datetime.date], tuple[Area, dict[str, str]]]]
    by_level = defaultdict(dict)
    for row in _rows("areas.csv"):
        area = Area(
            level=AreaLevel(int(row["level"])),
            kind=AreaKind(row["kind"]),
            code=row["code"],
            name=row["name"],
            valid_from=_day(row["valid_from"]),
            valid_to=_end(row["valid_to"], until),
            decree=row["decree"],
        )
        if area.valid_from <= until:
            by_level[area.level][area.level, area.code, area.valid_from] = (area, row)
    tally = Tally()
    versions: Versions = {}
    for level in sorted(by_level):
        wanted = {}
        for key, (area, row) in by_level[level].items():
            area.parent_id = _parent_id(row["parent_code"], area, versions)
            wanted[key] = area
        fields = ["kind", "name", "parent_id", "valid_to", "decree"]
        _write(Area, wanted, _stored_areas(level), fields, tally)
        versions.update(_stored_areas(level))
    return tally, versions


def _stored_areas(level: int) -> Versions:
    return {
        (area.level, area.code, area.valid_from): area for area in Area.objects.filter(level=level)
    }


def _parent_id(code: str, area: Area, versions: Versions) -> int | None:
    """Id of the version of a code above `area` that is valid when `area` begins."""
    if not code:
        return None
    for (level, parent_code, _valid_from), parent in versions.items():
        if (
            parent_code == code
            and level < area.level
            and parent.is_valid_on(area.valid_from)
            and parent.kind != AreaKind.CLUSTER
        ):
            return parent.pk
    raise LookupError(f"areas.csv: {area.code} from {area.valid_from}: no parent {code} then")


def _commune_on(code: str, day: datetime.date, versions: Versions) -> Area:
    """The version of a commune's code that is valid on a day."""
    for (level, commune_code, _valid_from), commune in versions.items():
        if level == AreaLevel.COMMUNE and commune_code == code and commune.is_valid_on(day):
            return commune
    raise LookupError(f"no commune {code} on {day}")


def _load_successions(
    versions: Versions, until: datetime.date
) -> tuple[Tally, list[datetime.date]]:
    stored = {(row.old_id, row.new_id): row for row in Succession.objects.all()}
    tally, new, changed, days = Tally(), [], [], set()
    for row in _rows("successions.csv"):
        effective_on = _day(row["effective_on"])
        if effective_on > until:
            continue
        days.add(effective_on)
        old = versions[AreaLevel.COMMUNE, row["old_code"], _day(row["old_valid_from"])]
        following = versions[AreaLevel.COMMUNE, row["new_code"], _day(row["new_valid_from"])]
        found = stored.get((old.pk, following.pk))
        if found is None:
            new.append(
                Succession(old=old, new=following, effective_on=effective_on, decree=row["decree"])
            )
            tally.count(False, False)
            continue
        differs = (found.effective_on, found.decree) != (effective_on, row["decree"])
        if differs:
            found.effective_on, found.decree = effective_on, row["decree"]
            changed.append(found)
        tally.count(True, differs)
    Succession.objects.bulk_update(changed, ["effective_on", "decree"])
    Succession.objects.bulk_create(new)
    return tally, sorted(days)


def _load_designations(versions: Versions, until: datetime.date) -> Tally:
    wanted: dict[tuple[int, str, datetime.date], AreaDesignation] = {}
    for row in _rows("designations.csv"):
        valid_from = _day(row["valid_from"])
        if valid_from > until:
            continue
        designation = AreaDesignation(
            area=_commune_on(row["code"], valid_from, versions),
            kind=AreaDesignation.Kind(row["kind"]),
            decree=row["decree"],
            valid_from=valid_from,
            # The end of a period is known from its beginning.
            valid_to=_end(row["valid_to"]),
        )
        wanted[designation.area_id, designation.kind, valid_from] = designation
    stored = {(row.area_id, row.kind, row.valid_from): row for row in AreaDesignation.objects.all()}
    tally = Tally()
    _write(AreaDesignation, wanted, stored, ["valid_to", "decree"], tally)
    return tally


def clusters_on_file() -> dict[str, list[str]]:
    """Clusters that the file of the province knows, {name: names of its communes}; no query."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in _rows("clusters.csv"):
        found[row["cluster_name"]].append(row["commune_name"])
    return dict(found)


@transaction.atomic
def load_clusters(*, by: User | None) -> Tally:
    """Group communes into the clusters of the file, as `load_units` does, without the units."""
    versions = {
        (area.level, area.code, area.valid_from): area
        for area in Area.objects.filter(level=AreaLevel.COMMUNE)
    }
    tally = _load_clusters(versions, datetime.date.max)
    record(events.CLUSTERS_LOADED, by=by, changes={"communes": (None, tally.created)})
    return tally


def _load_clusters(versions: Versions, until: datetime.date) -> Tally:
    """Clusters and their members; what somebody decided on the page of clusters stays.

    A cluster keeps the name it was given, and a commune that ever was in a cluster its place.
    """
    tally = Tally()
    clusters: Versions = {}
    members = []
    placed = set(ClusterMembership.objects.values_list("commune_id", "valid_from"))
    known = {commune_id for commune_id, _valid_from in placed}
    for row in _rows("clusters.csv"):
        begins = _day(row["valid_from"])
        if begins > until:
            continue
        commune = _commune_on(row["commune_code"], begins, versions)
        if commune.pk in known and (commune.pk, begins) not in placed:
            continue
        key = (AreaLevel.DISTRICT, row["cluster_code"], begins)
        clusters[key] = Area(
            level=AreaLevel.DISTRICT,
            kind=AreaKind.CLUSTER,
            code=row["cluster_code"],
            name=row["cluster_name"],
            parent_id=commune.parent_id,
            valid_from=begins,
        )
        members.append((commune, key))
    fields = ["kind", "parent_id", "valid_to"]
    _write(Area, clusters, _stored_areas(AreaLevel.DISTRICT), fields, tally)
    stored_clusters = _stored_areas(AreaLevel.DISTRICT)
    wanted = {
        (commune.pk, key[2]): ClusterMembership(
            cluster=stored_clusters[key], commune=commune, valid_from=key[2]
        )
        for commune, key in members
    }
    stored = {(row.commune_id, row.valid_from): row for row in ClusterMembership.objects.all()}
    _write(ClusterMembership, wanted, stored, ["valid_to"], tally)
    return tally
