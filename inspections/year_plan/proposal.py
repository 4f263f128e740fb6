"""Which communes are visited in which month, by whom and on which day: pure, and explained.

Month by month, trip by trip. The most pressing commune that may be visited is taken, with whoever
answers for it; the trip then takes along communes of the same road cluster, those with the most
pupils below their target first, since each costs one day more and no day on the road. So the same
days reach more communes than a list that is gone through in its order. The first of the list do not
wait for that: room is kept for them in every month. Every step is a number
that stands beside the visit; nothing is drawn by chance, so that the same figures give the same
proposal. The rules it keeps are checked a second time, by code of its own, in
`tests/inspections/year_plan/checker.py`.
"""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from core.months import Month

Why: TypeAlias = Literal["season", "spacing", "nobody", "full"]
Week: TypeAlias = tuple[int, int]
# Days on which the schools of a commune have lessons in a month.
LessonDays: TypeAlias = Callable[[int, Month], Sequence[datetime.date]]
# Months that have a plan: the days on which it visits communes.
Planned: TypeAlias = Mapping[Month, Mapping[int, datetime.date]]


@dataclass(frozen=True)
class Need:
    """A commune that may be visited.

    Attributes:
        place: in the list of all, 1 the most pressing; it goes by `points`.
        pupils: of levels below their target.
        cluster: its road cluster; None lies on no common road.
        in_charge: month -> id of the member who answers for it then.
        remote: whether seasons close its roads.
        visited: days of visits made, or planned elsewhere.
    """

    commune: int
    place: int
    points: int
    pupils: int
    cluster: int | None = None
    in_charge: Mapping[Month, int] = field(default_factory=dict)
    remote: bool = False
    visited: tuple[datetime.date, ...] = ()


@dataclass(frozen=True)
class Inspector:
    """A member who may be sent.

    Attributes:
        person: the same for two memberships of one person.
        since, until: first day of the term, and the first after it.
        months: in which the member answers for a commune of the area.
        own: communes whose unit, or a school there, the person answers for.
        busy: days on which the person is on a visit already.
    """

    member: int
    person: Hashable
    since: datetime.date
    until: datetime.date | None
    months: frozenset[Month]
    own: frozenset[int] = frozenset()
    busy: frozenset[datetime.date] = frozenset()

    def sits_on(self, day: datetime.date) -> bool:
        """Whether the term holds on a day."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True)
class Capacity:
    """What is possible in a month.

    Attributes:
        visits: at most, of all members.
        days: at most, of all members, those on the road among them.
        member_days: at most, of one member.
        road_days: there and back, of one trip.
        trip_visits: at most, of one trip; it lies in one week.
        spacing: months from one visit of a commune to the next, at least.
        first_places: so many of the list are visited before others are taken along.
        closed: numbers of the months in which remote communes are not reached.
    """

    visits: int
    days: int
    member_days: int = 6
    road_days: int = 1
    trip_visits: int = 4
    spacing: int = 3
    first_places: int = 5
    closed: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Proposed:
    """A visit proposed, and why.

    Attributes:
        trip: number of the trip within the month, from 1.
        leads: whether the trip is made for it; the others lie on its road.
        alongside: commune the trip is made for, of one that lies on the road.
        answers: whether the member answers for the commune.
        before: day of the last visit before it, proposed or not.
    """

    need: Need
    month: Month
    day: datetime.date
    member: int
    trip: int
    leads: bool
    alongside: int | None
    answers: bool
    before: datetime.date | None


@dataclass(frozen=True)
class MonthProposal:
    """A month: its visits by day, and how many days they take with those on the road."""

    month: Month
    visits: Sequence[Proposed]
    days: int

    @property
    def pupils(self) -> int:
        """Pupils of levels below their target in the communes visited."""
        return sum(each.need.pupils for each in self.visits)

    @property
    def trips(self) -> int:
        """How often somebody sets out."""
        return len({each.trip for each in self.visits})


@dataclass(frozen=True)
class Proposal:
    """The months in their order; communes without a visit, and what stood in the way."""

    months: Sequence[MonthProposal]
    left_out: Sequence[tuple[Need, Why]]

    @property
    def visits(self) -> list[Proposed]:
        """All visits."""
        return [each for month in self.months for each in month.visits]


def propose(
    needs: Sequence[Need],
    inspectors: Sequence[Inspector],
    months: Sequence[Month],
    capacity: Capacity,
    lesson_days: LessonDays,
    planned: Planned | None = None,
) -> Proposal:
    """The visits of some months, in the order of the months; see the module.

    A commune is visited anew only when every other one that can be reached had its visit. Nothing
    is proposed for a month in `planned`. While the plans are what was proposed, in whatever order
    the months were drafted, the other months stay as they were shown; where somebody chose other
    communes, the other months are made to fit the plans.
    """
    planned = planned or {}
    args = needs, inspectors, months, capacity, lesson_days
    return _as_shown(*args, planned) or _around(*args, planned)


def _as_shown(
    needs: Sequence[Need],
    inspectors: Sequence[Inspector],
    months: Sequence[Month],
    capacity: Capacity,
    lesson_days: LessonDays,
    planned: Planned,
) -> Proposal | None:
    """The proposal of which the plans are months; None where they are not."""
    state = _State(needs, inspectors, capacity, lesson_days)
    made = []
    for month in months:
        found = state.month(month)
        if month not in planned:
            made.append(found)
            continue
        days = {each.need.commune: each.day for each in found.visits}
        if days.keys() != planned[month].keys() & state.dates.keys():
            return None
        for commune, day in days.items():
            state.dates[commune].remove(day)
            state.dates[commune].append(planned[month][commune])
    return state.proposal(made)


def _around(
    needs: Sequence[Need],
    inspectors: Sequence[Inspector],
    months: Sequence[Month],
    capacity: Capacity,
    lesson_days: LessonDays,
    planned: Planned,
) -> Proposal:
    """The months without a plan, beside whatever the plans of the others visit."""
    state = _State(needs, inspectors, capacity, lesson_days)
    for visits in planned.values():
        for commune in visits.keys() & state.dates.keys():
            state.dates[commune].append(visits[commune])
    made = []
    for month in months:
        if month in planned:
            state.times.update(planned[month].keys() & state.dates.keys())
        else:
            made.append(state.month(month))
    return state.proposal(made)


@dataclass
class _OfMonth:
    """What is used up in a month."""

    visits: int = 0
    days: int = 0
    trips: int = 0
    of_person: Counter[Hashable] = field(default_factory=Counter)
    weeks: defaultdict[Hashable, set[Week]] = field(default_factory=lambda: defaultdict(set))
    tried: set[int] = field(default_factory=set)


class _State:
    def __init__(
        self,
        needs: Sequence[Need],
        inspectors: Sequence[Inspector],
        capacity: Capacity,
        lesson_days: LessonDays,
    ) -> None:
        self.needs = needs
        self.inspectors = inspectors
        self.capacity = capacity
        self.lesson_days = lesson_days
        self.dates: dict[int, list[datetime.date]] = {
            each.commune: [*each.visited] for each in needs
        }
        self.times: Counter[int] = Counter()
        self.why: dict[int, Why] = {}
        self.reachable: set[int] = set()
        self.in_cluster: defaultdict[int, list[Need]] = defaultdict(list)
        for each in needs:
            if each.cluster is not None:
                self.in_cluster[each.cluster].append(each)
        self.with_days: dict[tuple[int, Month], Mapping[Week, list[datetime.date]]] = {}

    def proposal(self, made: Sequence[MonthProposal]) -> Proposal:
        """The months made, and the communes that no month visits."""
        left = [each for each in self.needs if not self.times[each.commune]]
        return Proposal(made, [(each, self.hindrance(each)) for each in left])

    def hindrance(self, need: Need) -> Why:
        """What stood in the way of a commune without a visit."""
        if self.why.get(need.commune) == "nobody" or need.commune not in self.reachable:
            return self.why.get(need.commune, "full")
        return "full"

    def month(self, month: Month) -> MonthProposal:
        """The trips of a month, until nothing more fits."""
        used = _OfMonth()
        found: list[Proposed] = []
        while True:
            waiting = [each for each in self.needs if self._may(each, month, used)]
            if not waiting or not self._left(used):
                break
            lead = min(waiting, key=lambda each: (self.times[each.commune], each.place))
            trip = self._trip(lead, waiting, month, used)
            used.tried.add(lead.commune)
            if not trip:
                self.why[lead.commune] = "nobody"
                continue
            found += trip
        return MonthProposal(
            month, sorted(found, key=lambda each: (each.day, each.trip)), used.days
        )

    def _left(self, used: _OfMonth) -> bool:
        room = self.capacity.days - used.days
        return used.visits < self.capacity.visits and room > self.capacity.road_days

    def _may(self, need: Need, month: Month, used: _OfMonth) -> bool:
        if need.commune in used.tried:
            return False
        if need.remote and month.number in self.capacity.closed:
            self.why.setdefault(need.commune, "season")
            return False
        if any(
            abs(_index(Month.of(day)) - _index(month)) < max(1, self.capacity.spacing)
            for day in self.dates[need.commune]
        ):
            self.why.setdefault(need.commune, "spacing")
            return False
        self.reachable.add(need.commune)
        return True

    def _trip(
        self, lead: Need, waiting: Sequence[Need], month: Month, used: _OfMonth
    ) -> list[Proposed]:
        along = sorted(
            (
                each
                for each in waiting
                if each is not lead and lead.cluster is not None and each.cluster == lead.cluster
            ),
            key=lambda each: (
                self.times[each.commune],
                not self._is_first(each),
                -each.pupils,
                each.place,
            ),
        )
        room = self._room(lead, along, waiting, used)
        best: tuple[int, Inspector, list[tuple[Need, datetime.date]], Week] | None = None
        for inspector in self._inspectors(lead, month, used):
            left = self.capacity.member_days - used.of_person[inspector.person]
            size = min(room, left - self.capacity.road_days)
            if size < 1:
                continue
            week, placed = self._week(
                [lead, *(each for each in along if each.commune not in inspector.own)],
                inspector,
                month,
                size,
                used.weeks[inspector.person],
            )
            if placed and (best is None or len(placed) > best[0]):
                best = len(placed), inspector, placed, week
            # Who answers for the commune goes, if that can be; else who can do most on the way.
            if placed and inspector.member == lead.in_charge.get(month):
                break
            if best is not None and best[0] == min(size, 1 + len(along)):
                break
        if best is None:
            return []
        _count, inspector, placed, week = best
        return list(self._write(lead, inspector, placed, week, month, used))

    def _is_first(self, need: Need) -> bool:
        return need.place <= self.capacity.first_places and not self.times[need.commune]

    def _room(
        self, lead: Need, along: Sequence[Need], waiting: Sequence[Need], used: _OfMonth
    ) -> int:
        """How many communes a trip may visit; the first of the list elsewhere keep their room."""
        road = self.capacity.road_days
        visits, days = self.capacity.visits - used.visits, self.capacity.days - used.days - road
        first_along = sum(self._is_first(each) for each in along)
        elsewhere = sum(self._is_first(each) for each in waiting if each is not lead) - first_along
        kept = min(visits - elsewhere, days - elsewhere * (1 + road))
        return min(self.capacity.trip_visits, visits, days, max(1 + first_along, kept))

    def _inspectors(self, lead: Need, month: Month, used: _OfMonth) -> Iterator[Inspector]:
        """Who may lead a trip, in the order in which they are asked."""
        on_the_road = [] if lead.cluster is None else self.in_cluster[lead.cluster]
        near = {each.in_charge.get(month) for each in on_the_road}
        yield from sorted(
            (
                each
                for each in self.inspectors
                if month in each.months and lead.commune not in each.own
            ),
            key=lambda each: (
                each.member != lead.in_charge.get(month),
                each.member not in near,
                used.of_person[each.person],
                each.member,
            ),
        )

    def _week(
        self,
        asked: Sequence[Need],
        inspector: Inspector,
        month: Month,
        size: int,
        taken: set[Week],
    ) -> tuple[Week, list[tuple[Need, datetime.date]]]:
        """The first week in which most of the asked can be visited, their lead among them."""
        best: tuple[Week, list[tuple[Need, datetime.date]]] = ((0, 0), [])
        most = min(size, len(asked))
        for week, days in self._days(asked[0].commune, month).items():
            if week in taken:
                continue
            free = [each for each in days if self._is_free(inspector, each)]
            if not free:
                continue
            placed = [(asked[0], free[0])]
            for each in asked[1:]:
                if len(placed) == most:
                    break
                gone = {day for _need, day in placed}
                day = next(
                    (
                        day
                        for day in self._days(each.commune, month).get(week, ())
                        if day not in gone and self._is_free(inspector, day)
                    ),
                    None,
                )
                if day is not None:
                    placed.append((each, day))
            if len(placed) > len(best[1]):
                best = week, placed
            if len(placed) == most:
                break
        return best

    def _is_free(self, inspector: Inspector, day: datetime.date) -> bool:
        return day not in inspector.busy and inspector.sits_on(day)

    def _days(self, commune: int, month: Month) -> Mapping[Week, list[datetime.date]]:
        """Working days of a month with lessons in a commune, by week."""
        key = commune, month
        if key not in self.with_days:
            weeks: defaultdict[Week, list[datetime.date]] = defaultdict(list)
            for day in self.lesson_days(commune, month):
                if day.isoweekday() <= FRIDAY:
                    weeks[day.isocalendar()[:2]].append(day)
            self.with_days[key] = weeks
        return self.with_days[key]

    def _write(
        self,
        lead: Need,
        inspector: Inspector,
        placed: Sequence[tuple[Need, datetime.date]],
        week: Week,
        month: Month,
        used: _OfMonth,
    ) -> Iterator[Proposed]:
        used.trips += 1
        used.visits += len(placed)
        used.days += len(placed) + self.capacity.road_days
        used.of_person[inspector.person] += len(placed) + self.capacity.road_days
        used.weeks[inspector.person].add(week)
        for need, day in placed:
            earlier = [each for each in self.dates[need.commune] if each < day]
            yield Proposed(
                need,
                month,
                day,
                inspector.member,
                used.trips,
                need is lead,
                None if need is lead else lead.commune,
                inspector.member == need.in_charge.get(month),
                max(earlier, default=None),
            )
            self.dates[need.commune].append(day)
            self.times[need.commune] += 1


FRIDAY = 5


def _index(month: Month) -> int:
    return month.year * 12 + month.number
