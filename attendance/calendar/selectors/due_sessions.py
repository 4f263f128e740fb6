"""Which sessions are due, for one class or for a whole province, in a fixed number of queries."""

import bisect
import datetime
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, TypeAlias

from core.months import Month
from core.scope import Places
from schools.areas.selectors.tree import AreaTree, chain_of_school, chain_on, map_changes
from schools.directory.selectors.years import loaded_among
from schools.enums import Session
from schools.models import Area, Placement, SchoolClass, SchoolYear

from ... import session_bitmask
from ...models import CalendarRule, Closure, Register, YearFrame
from ..resolution import Calendar, CalendarRow, PlaceKey, Where
from ..state import remembered

ONE_DAY = datetime.timedelta(days=1)
DaySession: TypeAlias = tuple[datetime.date, Session]
# Bits of sessions by the places that tell something, level, year and first day.
_Known: TypeAlias = dict[tuple[tuple[PlaceKey, ...], str, int, datetime.date], int]


class MonthIf(NamedTuple):
    """The sessions due in a month as it is and as it would be: class id -> bits."""

    month: Month
    now: dict[int, int]
    then: dict[int, int]


def calendar_of(
    start: datetime.date,
    end: datetime.date,
    *,
    supposing: Sequence[CalendarRow] = (),
    without: Sequence[CalendarRow] = (),
) -> Calendar:
    """The `Calendar` of [start, end); three queries.

    Args:
        supposing: frames, patterns or closures as they might be saved; each stands for the
            saved one.
        without: saved ones as if they were taken back.
    """
    set_aside = {(type(row), row.pk) for row in (*supposing, *without)}
    frames = YearFrame.objects.filter(year__valid_from__lt=end, year__valid_to__gt=start)
    patterns = CalendarRule.objects.during(start, end)
    closures = Closure.objects.during(start, end)
    return Calendar(
        [row for row in frames if (YearFrame, row.pk) not in set_aside]
        + [row for row in supposing if isinstance(row, YearFrame)],
        [row for row in patterns if (CalendarRule, row.pk) not in set_aside]
        + [row for row in supposing if isinstance(row, CalendarRule)],
        [row for row in closures if (Closure, row.pk) not in set_aside]
        + [row for row in supposing if isinstance(row, Closure)],
    )


def due_sessions(
    classes: Iterable[SchoolClass], start: datetime.date, end: datetime.date
) -> dict[int, set[DaySession]]:
    """Dict class id -> set of (date, `Session`) due in [start, end).

    Args:
        classes: `SchoolClass` objects with `year` loaded.
    Queries: frames, rules, closures, placements, two for the days on which the map changed and
    two per map in the period. Classes that share site, level and school year are resolved once.
    """
    classes = list(classes)
    calendar = calendar_of(start, end)
    chains = _Chains({school_class.school_id for school_class in classes}, start, end)
    held: dict[tuple[int, str, int], set[DaySession]] = {}
    due: dict[int, set[DaySession]] = {}
    loaded = _loaded(classes)
    sent = _sent(loaded, start, end)
    for school_class in classes:
        if school_class.pk in loaded:
            due[school_class.pk] = sent[school_class.pk]
            continue
        key = (school_class.site_id, school_class.level, school_class.year_id)
        if key not in held:
            held[key] = _held(calendar, chains, school_class, start, end)
        studied = set(school_class.session_list)
        due[school_class.pk] = {pair for pair in held[key] if pair[1] in studied}
    return due


def due_bits(classes: Iterable[SchoolClass], month: Month) -> dict[int, int]:
    """Dict class id -> the sessions due in a `Month`, as bits (`attendance.session_bitmask`).

    The same answer as `due_sessions`, quick for thousands of classes: the days are walked
    through once for each set of places that have frames, rules or closures of their own.
    `classes` are `SchoolClass` objects with `year` loaded.
    """
    classes = list(classes)
    calendar = calendar_of(month.first, month.end)
    return _due_bits(classes, month, calendar, _chains_of(classes, month.first, month.end))


def due_bits_between(
    classes: Iterable[SchoolClass], start: datetime.date, end: datetime.date
) -> dict[int, dict[Month, int]]:
    """Dict class id -> {`Month`: bits} of the months that touch [start, end).

    As `due_bits`; a fixed number of queries whatever the number of months.
    """
    classes = list(classes)
    months = Month.of(end - ONE_DAY).since(Month.of(start))
    calendar = calendar_of(months[0].first, months[-1].end)
    chains = _chains_of(classes, months[0].first, months[-1].end)
    found: dict[int, dict[Month, int]] = {each.pk: {} for each in classes}
    for month in months:
        here = calendar.during(month.first, month.end)
        for class_id, bits in _due_bits(classes, month, here, chains).items():
            found[class_id][month] = bits
    return found


def due_bits_of(
    school_class: SchoolClass, start: datetime.date, end: datetime.date, *, state: str | None
) -> dict[Month, int]:
    """`due_bits_between` of one class, asked once in a state of the calendar (`calendar.state`)."""

    def read() -> dict[Month, int]:
        return due_bits_between([school_class], start, end)[school_class.pk]

    if school_class.year.closed_at is not None:
        # What is due of a year that was loaded are its registers.
        return read()
    months = Month.of(start), Month.of(end - ONE_DAY)
    who = (school_class.school_id, school_class.site_id, school_class.level, school_class.year_id)
    return remembered(state, ("bits", *who, school_class.sessions, *months), read)


def due_bits_if(
    classes: Iterable[SchoolClass],
    start: datetime.date,
    end: datetime.date,
    *,
    supposing: Sequence[CalendarRow] = (),
    without: Sequence[CalendarRow] = (),
) -> list[MonthIf]:
    """What would become due: a `MonthIf` for each month of [start, end).

    Both are answers of `due_bits`, of the whole months; `supposing` and `without` as in
    `calendar_of`. A fixed number of queries.
    """
    classes = list(classes)
    months = Month.of(end - ONE_DAY).since(Month.of(start))
    start, end = months[0].first, months[-1].end
    chains = _chains_of(classes, start, end)
    now = calendar_of(start, end)
    then = calendar_of(start, end, supposing=supposing, without=without)
    return [
        MonthIf(
            month,
            _due_bits(classes, month, now.during(month.first, month.end), chains),
            _due_bits(classes, month, then.during(month.first, month.end), chains),
        )
        for month in months
    ]


def _chains_of(
    classes: Iterable[SchoolClass], start: datetime.date, end: datetime.date
) -> "_Chains":
    classes = list(classes)
    school_ids = {school_class.school_id for school_class in classes}
    # One school asks for its own chain: a late correction must not cost the whole map.
    whole_map = len(school_ids) > 1
    return _Chains(school_ids, start, end, whole_map=whole_map, loaded=_loaded(classes))


def _loaded(classes: Collection[SchoolClass]) -> set[int]:
    """Ids of the classes of years that their schools loaded afterwards.

    Of them is due what was loaded, and nothing else: none is missing and nobody is reminded
    (ADR 55, 74). No query while no year of the classes is closed.
    """
    among = loaded_among({(each.school_id, each.year) for each in classes})
    return {each.pk for each in classes if (each.school_id, each.year_id) in among}


def _sent(
    class_ids: Collection[int], start: datetime.date, end: datetime.date
) -> dict[int, set[DaySession]]:
    """Dict class id -> the sessions in [start, end) that have a register; no query for nobody."""
    found: dict[int, set[DaySession]] = {pk: set() for pk in class_ids}
    if found:
        registers = Register.objects.filter(
            school_class__in=found, date__gte=start, date__lt=end
        ).order_by()
        for pk, date, session in registers.values_list("school_class_id", "date", "session"):
            found[pk].add((date, Session(session)))
    return found


def _due_bits(
    classes: Iterable[SchoolClass], month: Month, calendar: Calendar, chains: "_Chains"
) -> dict[int, int]:
    stretches = chains.stretches(month.first, month.end)
    sent = _sent(chains.loaded, month.first, month.end)
    by_site: dict[tuple[int, str, int], int] = {}
    by_places: _Known = {}
    due = {}
    for school_class in classes:
        if school_class.pk in chains.loaded:
            due[school_class.pk] = session_bitmask.bits(sent[school_class.pk])
            continue
        site = (school_class.site_id, school_class.level, school_class.year_id)
        if site not in by_site:
            by_site[site] = sum(
                _bits_of(
                    calendar,
                    chains.where(school_class, first),
                    school_class.year,
                    first,
                    last,
                    by_places,
                )
                for first, last in stretches
            )
        due[school_class.pk] = by_site[site] & session_bitmask.every_day(school_class.session_list)
    return due


def _bits_of(
    calendar: Calendar,
    where: Where,
    year: SchoolYear,
    first: datetime.date,
    last: datetime.date,
    known: _Known,
) -> int:
    """Bits of the sessions held in the days [first, last) of a year, in which `where` holds."""
    key = (calendar.telling(where), where.level, year.pk, first)
    if key not in known:
        begins, ends = calendar.bounds(where, year)
        found, day = 0, max(first, begins)
        while day < min(last, ends):
            found |= session_bitmask.bits(
                (day, session) for session in calendar.sessions(where, day)
            )
            day += ONE_DAY
        known[key] = found
    return known[key]


def is_due(
    school_class: SchoolClass, date: datetime.date, session: str, *, state: str | None = None
) -> bool:
    """Whether one session of a class is due. Four queries, five in a commune of no cluster.

    Args:
        state: the calendar's (`calendar.state`), read before; what is known of it is not asked
            for again.
    """
    if not school_class.year.is_valid_on(date) or session not in school_class.session_list:
        return False
    if loaded := _loaded([school_class]):
        return (date, session) in _sent(loaded, date, date + ONE_DAY)[school_class.pk]
    calendar = remembered(state, ("calendar", date), lambda: calendar_of(date, date + ONE_DAY))
    area_ids = remembered(
        state,
        ("areas", school_class.school_id, date),
        lambda: _ids(chain_of_school(school_class.school_id, date)),
    )
    where = _where(school_class, area_ids)
    first, last = calendar.bounds(where, school_class.year)
    return first <= date < last and calendar.is_held(where, date, session)


def why_closed(
    school_class: SchoolClass, date: datetime.date, session: str
) -> YearFrame | Closure | None:
    """Why a session is not held: the frame it lies outside of, the closure, or None.

    None when the weekly pattern says so, the class does not study then, or the session is held.
    """
    calendar = calendar_of(date, date + ONE_DAY)
    where = _where_on(school_class, date)
    frame = calendar.frame(where, school_class.year_id)
    if frame is not None and not frame.is_valid_on(date):
        return frame
    exception = calendar.exception(where, date, session)
    return exception if exception is not None and not exception.is_held else None


def places_of(school_class: SchoolClass, date: datetime.date) -> tuple[PlaceKey, ...]:
    """The places of a class on a day, nearest first, as keys of `calendar.resolution`."""
    return _where_on(school_class, date).keys


def _where_on(school_class: SchoolClass, date: datetime.date) -> Where:
    return _where(school_class, _ids(chain_of_school(school_class.school_id, date)))


def _ids(areas: Iterable[Area]) -> tuple[int, ...]:
    return tuple(area.pk for area in areas)


def _where(school_class: SchoolClass, area_ids: Sequence[int]) -> Where:
    """The places of a class, nearest first; the areas from the province down."""
    return Where(
        (
            ("site", school_class.site_id),
            ("school", school_class.school_id),
            *(("area", area_id) for area_id in reversed(area_ids)),
            None,
        ),
        school_class.level,
    )


def why_closed_for_places(
    places: Places, date: datetime.date, *, school_id: int | None = None
) -> YearFrame | Closure | None:
    """`why_closed` of a day for the first class inside the places, or None."""
    classes = SchoolClass.objects.within(places).running_on(date)
    if school_id is not None:
        classes = classes.filter(school_id=school_id)
    first = classes.select_related("year").order_by("pk").first()
    return why_closed(first, date, first.session_list[0]) if first else None


def _held(
    calendar: Calendar,
    chains: "_Chains",
    school_class: SchoolClass,
    start: datetime.date,
    end: datetime.date,
) -> set[DaySession]:
    year = school_class.year
    found: set[DaySession] = set()
    day = max(start, year.valid_from)
    last = min(end, year.valid_to)
    while day < last:
        where = chains.where(school_class, day)
        begins, ends = calendar.bounds(where, year)
        if begins <= day < ends:
            found.update((day, session) for session in calendar.sessions(where, day))
        day += ONE_DAY
    return found


class _Chains:
    """The areas above each school on each day of a period."""

    def __init__(
        self,
        school_ids: Collection[int],
        start: datetime.date,
        end: datetime.date,
        *,
        whole_map: bool = True,
        loaded: Collection[int] = (),
    ) -> None:
        self.loaded = loaded
        self._whole_map = whole_map
        self._placements: dict[int, list[Placement]] = {}
        placements = Placement.objects.during(start, end).filter(school_id__in=school_ids)
        for placement in placements:
            self._placements.setdefault(placement.school_id, []).append(placement)
        self._maps = [start, *map_changes(start, end)]
        self._trees: dict[datetime.date, AreaTree] = {}
        self._areas: dict[tuple[int, datetime.date], list[Area]] = {}

    def where(self, school_class: SchoolClass, date: datetime.date) -> Where:
        """A class's places on a day, nearest first."""
        areas: Sequence[Area] = ()
        for placement in self._placements.get(school_class.school_id, ()):
            if placement.is_valid_on(date):
                areas = self._above(placement.commune_id, date)
        return _where(school_class, _ids(areas))

    def stretches(
        self, start: datetime.date, end: datetime.date
    ) -> list[tuple[datetime.date, datetime.date]]:
        """[start, end) cut where a school of these moves or the map changes: [(first, end)]."""
        cuts: set[datetime.date | None] = {start, *self._maps}
        for placements in self._placements.values():
            for placement in placements:
                cuts |= {placement.valid_from, placement.valid_to}
        days = sorted(day for day in cuts if day is not None and start <= day < end)
        return list(zip(days, [*days[1:], end], strict=True))

    def _above(self, commune_id: int, date: datetime.date) -> list[Area]:
        drawn_on = self._maps[bisect.bisect_right(self._maps, date) - 1]
        if (commune_id, drawn_on) not in self._areas:
            self._areas[commune_id, drawn_on] = self._chain(commune_id, drawn_on)
        return self._areas[commune_id, drawn_on]

    def _chain(self, commune_id: int, date: datetime.date) -> list[Area]:
        if not self._whole_map:
            return chain_on(commune_id, date)
        if date not in self._trees:
            self._trees[date] = AreaTree.on(date)
        return self._trees[date].ancestors(commune_id)
