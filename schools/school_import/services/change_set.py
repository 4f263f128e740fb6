"""What the rows of a file would change: new, changed, unchanged and wrong schools."""

import datetime
import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from core.levels import EducationLevel
from core.vietnamese import fold, normalise

from ...enums import AreaLevel, SchoolKind
from ...models import Area, Placement, School, SchoolClass, SchoolStatus, Site
from ..refusals import in_words
from ..workbook import HEADERS, KIND_NAMES, READ, SchoolRow

NEW, CHANGED, UNCHANGED, REFUSED = "new", "changed", "unchanged", "refused"
NAMES_SHOWN = 5


@dataclass(frozen=True)
class Change:
    """One value that changes, in words."""

    header: str
    old: str
    new: str


@dataclass
class Outcome:
    """What becomes of a row. `sites`: names of the satellite sites to be added."""

    row: SchoolRow
    kind: str
    school: School | None = None
    commune: Area | None = None
    changes: list[Change] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[dict[str, str]]:
        """Every wrong cell: where, what was found, what is wrong, how to mend it."""
        return [
            {
                "place": self.row.places[key],
                "header": HEADERS[key],
                "value": self.row.found[key],
                "problem": problem,
                "remedy": remedy,
            }
            for key, code, params in sorted(
                self.row.refusals, key=lambda refusal: READ.index(refusal[0])
            )
            for problem, remedy in [in_words(code, params)]
        ]


@dataclass
class ChangeSet:
    """The outcomes of a file, in its order."""

    outcomes: list[Outcome]

    def of_kind(self, kind: str) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.kind == kind]

    @property
    def new(self) -> list[Outcome]:
        return self.of_kind(NEW)

    @property
    def changed(self) -> list[Outcome]:
        return self.of_kind(CHANGED)

    @property
    def unchanged(self) -> list[Outcome]:
        return self.of_kind(UNCHANGED)

    @property
    def refused(self) -> list[Outcome]:
        return self.of_kind(REFUSED)

    @property
    def digest(self) -> str:
        """Tells this set from every other one, so that what is saved is what was shown."""
        told = [
            [outcome.kind, outcome.row.values, [asdict(each) for each in outcome.changes]]
            for outcome in self.outcomes
        ]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def compare(
    rows: Iterable[SchoolRow], *, on: datetime.date, areas: Collection[int] | None
) -> ChangeSet:
    """Compare rows with the schools on record; seven queries.

    Args:
        on: the day from which new schools are open and changes hold.
        areas: ids of the areas in which the person opens schools; None for all.
    """
    rows = list(rows)
    _refuse_repeated(rows)
    known = _Known(rows, on)
    return ChangeSet([_outcome(row, known, on, areas) for row in rows])


def _refuse_repeated(rows: list[SchoolRow]) -> None:
    of_code = defaultdict(list)
    for row in rows:
        if code := row.values.get("code"):
            of_code[fold(code)].append(row)
    for alike in of_code.values():
        if len(alike) > 1:
            numbers = ", ".join(str(row.number) for row in alike)
            for row in alike:
                row.refuse("code", "code_twice", rows=numbers)


class _Known:
    """What is on record of the schools and communes of a file."""

    def __init__(self, rows: list[SchoolRow], on: datetime.date) -> None:
        codes = {row.values["code"] for row in rows if "code" in row.values}
        self.schools = {school.code: school for school in School.objects.filter(code__in=codes)}
        ids = [school.pk for school in self.schools.values()]
        self.communes = {
            area.code: area for area in Area.objects.on(on).filter(level=AreaLevel.COMMUNE)
        }
        self.placed = {
            placement.school_id: placement
            for placement in Placement.objects.filter(school_id__in=ids)
            .select_related("commune")
            .order_by("valid_from")
        }
        self.kinds = {
            status.school_id: status.kind
            for status in SchoolStatus.objects.on(on).filter(school_id__in=ids)
        }
        self.sites: dict[int, set[str]] = defaultdict(set)
        for school_id, name in Site.objects.filter(school_id__in=ids).values_list(
            "school_id", "name"
        ):
            self.sites[school_id].add(fold(name))
        self.classes: dict[tuple[int, str], list[str]] = defaultdict(list)
        for school_id, level, name in (
            SchoolClass.objects.filter(school_id__in=ids, year__valid_to__gt=on)
            .not_ended_on(on)
            .order_by("name_key")
            .values_list("school_id", "level", "name")
        ):
            self.classes[school_id, level].append(name)


def _outcome(
    row: SchoolRow, known: _Known, on: datetime.date, areas: Collection[int] | None
) -> Outcome:
    school = known.schools.get(row.values.get("code", ""))
    commune = _commune(row, known, on, areas)
    if school is not None:
        _check_known(row, school, commune, known, areas)
    outcome = Outcome(row, REFUSED, school, commune)
    if row.refusals:
        return outcome
    if school is None:
        outcome.kind = NEW
        outcome.sites = [
            site
            for site in row.values.get("sites", [])
            if fold(site) != fold(row.values.get("main_site", ""))
        ]
        return outcome
    outcome.changes = _changes(row, school, known)
    outcome.sites = [
        site
        for site in row.values.get("sites", [])
        if fold(normalise(site)) not in known.sites[school.pk]
    ]
    if outcome.sites:
        outcome.changes.append(Change(HEADERS["sites"], "", "; ".join(outcome.sites)))
    outcome.kind = CHANGED if outcome.changes else UNCHANGED
    return outcome


def _commune(
    row: SchoolRow, known: _Known, on: datetime.date, areas: Collection[int] | None
) -> Area | None:
    code = row.values.get("commune")
    if code is None:
        for index, (key, refusal, _params) in enumerate(row.refusals):
            if (key, refusal) == ("commune", "commune"):
                row.refusals[index] = (key, refusal, {"day": f"{on:%d/%m/%Y}"})
        return None
    commune = known.communes.get(code)
    if commune is None:
        row.refuse("commune", "commune", day=f"{on:%d/%m/%Y}")
    elif areas is not None and commune.pk not in areas:
        row.refuse("commune", "commune_outside")
    return commune


def _check_known(
    row: SchoolRow,
    school: School,
    commune: Area | None,
    known: _Known,
    areas: Collection[int] | None,
) -> None:
    placement = known.placed.get(school.pk)
    if school.valid_to is not None:
        row.refuse("code", "closed", day=f"{school.valid_to:%d/%m/%Y}")
    if placement is not None:
        if areas is not None and placement.commune_id not in areas:
            # Nothing more is said of a school elsewhere.
            row.refusals = [("code", "other_place", {})]
            return
        if commune is not None and commune.pk != placement.commune_id:
            row.refuse("commune", "moves", commune=placement.commune.title)
    wanted = set(row.values.get("levels", school.levels).split(","))
    left = [
        name
        for level in school.levels.split(",")
        if level not in wanted
        for name in known.classes.get((school.pk, level), [])
    ]
    if left:
        row.refuse("levels", "level_in_use", classes=", ".join(left[:NAMES_SHOWN]))


def _changes(row: SchoolRow, school: School, known: _Known) -> list[Change]:
    changes = []
    name = normalise(row.values["name"])
    if name != school.name:
        changes.append(Change(HEADERS["name"], school.name, name))
    levels = row.values["levels"]
    if levels != school.levels:
        changes.append(Change(HEADERS["levels"], _level_names(school.levels), _level_names(levels)))
    kind, old = row.values.get("kind", ""), known.kinds.get(school.pk, "")
    if kind and kind != old:
        old_name = KIND_NAMES[SchoolKind(old)] if old else ""
        changes.append(Change(HEADERS["kind"], old_name, KIND_NAMES[SchoolKind(kind)]))
    return changes


def _level_names(levels: str) -> str:
    return ", ".join(str(EducationLevel(level).label) for level in levels.split(","))


def to_json(rows: Iterable[SchoolRow]) -> list[dict[str, Any]]:
    """Rows as they are kept until they are saved; `from_json` reads them back."""
    return [asdict(row) for row in rows]


def from_json(kept: Iterable[dict[str, Any]]) -> list[SchoolRow]:
    rows = [SchoolRow(**each) for each in kept]
    for row in rows:
        row.refusals = [(key, code, params) for key, code, params in row.refusals]
    return rows
