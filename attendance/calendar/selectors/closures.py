"""Reading closures and frames, and the places a reader may close."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from django.db.models import Q

from core.levels import EducationLevel
from core.months import Month
from core.permissions import Permission
from core.permissions import Permission as P
from core.scope import AreaTree, Places, Scope
from core.validity import ValidInTimeQuerySet
from schools.models import Area, Placement, School, SchoolYear, Site

from ...models import Closure, YearFrame
from ...models.calendar import ByPlace, Place
from ..resolution import PlaceKey, key_of

ClosureRows: TypeAlias = ValidInTimeQuerySet[Closure]
PERMISSION = P.MANAGE_CALENDAR
ONE_DAY = datetime.timedelta(days=1)
CLOSED, MAKE_UP, HELD_ANYWAY = "closed", "make_up", "held"


class PlaceToClose(NamedTuple):
    """A place that the reader may close: its key in forms, and its name."""

    key: str
    place: Place
    label: str


def closures_in(places: Places) -> ClosureRows:
    """Closures of areas, schools and sites inside the places, newest first; one query."""
    return _with_places(Closure.objects.filter(inside(places))).order_by("-valid_from", "-pk")


def closure_in(places: Places, closure_id: int) -> Closure | None:
    """One such closure, or None."""
    return closures_in(places).filter(pk=closure_id).first()


def closures_seen(scope: Scope) -> ClosureRows:
    """Closures the calendar of a reader shows: of their places and of the areas above, by day.

    Those of areas that have ended too. What was made along with another one is part of that
    one and left out.
    """
    return _with_places(
        Closure.objects.filter(_seen(scope)).filter(made_with=None).order_by("valid_from", "pk")
    )


def days_closed(scope: Scope, first: datetime.date, end: datetime.date) -> set[datetime.date]:
    """Days in [first, end) on which every place whose calendar the reader keeps is closed.

    A place is closed by itself or by an area above it, for every level and the whole day. A
    place is an area or school that was granted by itself. Three queries.
    """
    schools = scope.places(PERMISSION).schools
    communes = dict(
        Placement.objects.on(scope.date)
        .filter(school__in=schools)
        .values_list("school_id", "commune_id")
    )
    chains: list[set[PlaceKey]] = [
        {("area", area.pk) for area in scope.tree.ancestors(pk)}
        for pk in scope.areas_granted(PERMISSION)
    ]
    chains += [
        {("school", pk), *(("area", area.pk) for area in scope.tree.ancestors(communes.get(pk)))}
        for pk in schools
    ]
    areas = {pk for chain in chains for kind, pk in filter(None, chain) if kind == "area"}
    days: defaultdict[PlaceKey, set[datetime.date]] = defaultdict(set)
    for row in Closure.objects.during(first, end).filter(
        Q(area__in=areas) | Q(school__in=schools), is_held=False, level="", session=""
    ):
        count = (row.valid_to - row.valid_from).days
        days[key_of(row)] |= {row.valid_from + number * ONE_DAY for number in range(count)}
    closed = [set().union(*(days[key] for key in chain)) for chain in chains]
    return set.intersection(*closed) if closed else set()


def frames_seen(scope: Scope, year: SchoolYear) -> list[YearFrame]:
    """Frames of a school year inside the reader's places and of the areas above, farthest first.

    `is_own` says that the reader may change it: not one of an area that lies above or has ended.
    """
    own, above = scope.places(PERMISSION), areas_above(scope)
    found = list(
        YearFrame.objects.filter(
            inside(scope.places_to_read(PERMISSION)) | Q(area__in=above), year=year
        ).select_related("area", "school", "site__school", "made_by", "year")
    )
    for frame in found:
        frame.is_own = frame.area_id is None or frame.area_id in own.areas
    return sorted(
        found,
        key=lambda frame: (
            (0, frame.area.level, frame.area.name_key) if frame.area else (1, frame.pk, ""),
            EducationLevel.values.index(frame.level) if frame.level else -1,
        ),
    )


def frame_in(places: Places, frame_id: int) -> YearFrame | None:
    """A frame of a place inside the places, or None."""
    return (
        YearFrame.objects.filter(inside(places), pk=frame_id)
        .select_related("area", "school", "site__school", "year")
        .first()
    )


def areas_above(scope: Scope) -> set[int]:
    """Ids of the areas that lie or lay above the places whose calendar the reader keeps.

    Of a school all in which it ever lay count. One query when the places hold schools.
    """
    places = scope.places_to_read(PERMISSION)
    inside = set(places.areas)
    if places.schools:
        inside.update(
            Placement.objects.filter(school__in=places.schools, valid_from__lte=scope.date)
            .order_by()
            .values_list("commune_id", flat=True)
        )
    above = {area.pk for pk in inside for area in scope.tree.ancestors(pk)}
    if any(pk not in scope.tree for pk in inside):
        above |= scope.history.above(inside)
    return (above | inside) - places.areas


def months_of(closures: ClosureRows) -> Counter[Month]:
    """Dict `Month` -> how many of the closures have a day in it; one query."""
    found: Counter[Month] = Counter()
    for first, end in closures.values_list("valid_from", "valid_to"):
        for month in Month.of(end).since(Month.of(first)):
            found[month] += month.first < end
    return found


def _seen(scope: Scope) -> Q:
    return inside(scope.places_to_read(PERMISSION)) | Q(area__in=areas_above(scope))


def tell_exceptions(rows: Iterable[Closure], scope: Scope) -> list[Closure]:
    """Give each closure its `kind` and `exceptions`; four queries whatever their number.

    `exceptions` of a closed day are the places inside the reader's that hold school all the
    same. An open day is HELD_ANYWAY when it contradicts a closure, else MAKE_UP.
    """
    rows = list(rows)
    if not rows:
        return rows
    start, end = min(row.valid_from for row in rows), max(row.valid_to for row in rows)
    inside = closures_in(scope.places_to_read(PERMISSION))
    held = list(inside.during(start, end).filter(is_held=True))
    closed = list(Closure.objects.during(start, end).filter(_seen(scope), is_held=False))
    chains = _Chains([*held, *rows], scope)
    for row in rows:
        row.exceptions = []
        if row.is_held:
            against = any(key_of(far) in chains.of(row) and _meet(row, far) for far in closed)
            row.kind = HELD_ANYWAY if against or row.made_with_id else MAKE_UP
        else:
            row.kind = CLOSED
            row.exceptions = [
                near for near in held if key_of(row) in chains.of(near) and _meet(row, near)
            ]
    return rows


class _Chains:
    """The place of each row and the places above it, as keys."""

    def __init__(self, rows: Iterable[ByPlace], scope: Scope) -> None:
        self._scope = scope
        schools = {_school_of(row) for row in rows} - {None}
        self._communes = dict(
            Placement.objects.filter(school__in=schools, valid_from__lte=scope.date)
            .order_by("valid_from")
            .values_list("school_id", "commune_id")
        )

    def of(self, row: ByPlace) -> set[PlaceKey]:
        school_id = _school_of(row)
        lowest = self._communes.get(school_id) if school_id else row.area_id
        keys = {("area", area.pk) for area in self._scope.tree.ancestors(lowest)} | {None}
        if lowest is not None and lowest not in self._scope.tree:
            keys |= {("area", pk) for pk in self._scope.history.above({lowest})}
        if school_id:
            keys.add(("school", school_id))
        return keys | {key_of(row)}


def _school_of(row: ByPlace) -> int | None:
    return row.site.school_id if row.site else row.school_id


def _meet(one: Closure, other: Closure) -> bool:
    """Whether two closures speak of one session of one level."""
    return (
        one.meets(other.valid_from, other.valid_to)
        and ("" in (one.level, other.level) or one.level == other.level)
        and ("" in (one.session, other.session) or one.session == other.session)
    )


def inside(places: Places) -> Q:
    """Condition on what holds by place: rows of areas, schools and sites inside the places."""
    schools = School.objects.within(places).values("pk")
    return Q(area__in=places.areas) | Q(school__in=schools) | Q(site__school__in=schools)


def _with_places(closures: ClosureRows) -> ClosureRows:
    return closures.select_related("area", "school", "site__school", "made_by")


def places_to_close(scope: Scope, permission: Permission) -> list[PlaceToClose]:
    """Every area, school and site the reader may close.

    Schools and sites are offered only up to a commune: a province closes areas.
    """
    places = scope.places(permission)
    offered: list[PlaceToClose] = []
    for pk in scope.areas_granted(permission):
        for area in sorted(
            (scope.tree.get(each) for each in scope.tree.below(pk)),
            key=lambda area: (area.level, area.name_key, area.code),
        ):
            offered.append(PlaceToClose(f"area:{area.pk}", area, area.title))
    if len(places.areas) <= 1:
        for school in School.objects.within(places).order_by("name_key", "pk"):
            offered.append(PlaceToClose(f"school:{school.pk}", school, school.name))
        sites = Site.objects.filter(school__in=School.objects.within(places))
        for site in sites.select_related("school").order_by("school__name_key", "name_key", "pk"):
            label = f"{site.school.name} – {site.name}"
            offered.append(PlaceToClose(f"site:{site.pk}", site, label))
    return offered


def levels_offered(offered: Sequence[PlaceToClose], tree: AreaTree) -> dict[str, list[str]]:
    """Dict key of each place of `places_to_close` -> codes of the levels taught there, in order.

    One query while an area is among them.
    """
    taught: dict[str, set[str]] = {}
    if any(isinstance(place, Area) for _key, place, _label in offered):
        schools = Placement.objects.on(tree.date).order_by()
        for commune_id, levels in schools.values_list("commune_id", "school__levels").distinct():
            for area in tree.ancestors(commune_id):
                taught.setdefault(f"area:{area.pk}", set()).update(levels.split(","))
    for key, place, _label in offered:
        if not isinstance(place, Area):
            school = place.school if isinstance(place, Site) else place
            taught[key] = set(school.education_levels)
    return {
        key: [level for level in EducationLevel.values if level in taught.get(key, ())]
        for key, _place, _label in offered
    }
