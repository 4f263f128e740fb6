"""What a frame, pattern or closure changes: which sessions, of which classes, which registers."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeAlias

from django.db.models import F, Max, QuerySet

from core.months import Month
from core.validity import valid_during
from schools.areas.selectors.tree import AreaTree, map_changes
from schools.enums import Session
from schools.models import School, SchoolClass, SchoolYear

from ... import session_bitmask
from ...enums import RegistersChoice
from ...models import CalendarRule, Closure, Register, RegisterRevision, YearFrame
from ..resolution import CalendarRow
from .due_sessions import ONE_DAY, due_bits_if

MOST_SHOWN = 50
ClassAndMonth: TypeAlias = tuple[int, Month]


class RegisterKey(NamedTuple):
    """A register, and the session it is of."""

    register_id: int
    class_id: int
    date: datetime.date
    session: str


def classes_under(row: CalendarRow) -> QuerySet[SchoolClass]:
    """Classes of the place, level and time of a frame, pattern or closure. A queryset."""
    if isinstance(row, YearFrame):
        classes = SchoolClass.objects.filter(year=row.year_id)
    else:
        start, end = _time_of(row)
        classes = SchoolClass.objects.filter(year__valid_from__lt=end, year__valid_to__gt=start)
    if row.level:
        classes = classes.filter(level=row.level)
    if row.site_id:
        return classes.filter(site_id=row.site_id)
    if row.school_id:
        return classes.filter(school_id=row.school_id)
    if row.area_id:
        return classes.filter(school__in=_schools_in(row.area_id, *_time_of(row)))
    return classes


def _schools_in(area_id: int, start: datetime.date, end: datetime.date) -> QuerySet[School]:
    """Schools that lie in an area on some day of [start, end); the map may change meanwhile."""
    inside: set[int] = set()
    for day in {start, end - ONE_DAY, *map_changes(start, end)}:
        inside |= AreaTree.on(day).below(area_id)
    return School.objects.filter(
        valid_during(start, end, "placements__"), placements__commune_id__in=inside
    )


def _time_of(row: CalendarRow) -> tuple[datetime.date, datetime.date]:
    """The days [start, end) of which a row tells something.

    A frame: every day of its year, those outside it too. A pattern: until the end of the last
    school year, for one that is shortened too.
    """
    if isinstance(row, YearFrame):
        return row.year.valid_from, row.year.valid_to
    if isinstance(row, CalendarRule):
        last = SchoolYear.objects.aggregate(last=Max("valid_to"))["last"]
        return row.valid_from, max(last or row.valid_from, row.valid_from + ONE_DAY)
    return row.valid_from, row.valid_to


def effect_of(row: CalendarRow, *, along: Sequence[Closure] = ()) -> "Effect":
    """The `Effect` of saving a frame, pattern or closure, and the closures made along with it."""
    return _effect(row, supposing=(row, *along))


def effect_of_taking_back(row: CalendarRow) -> "Effect":
    """The `Effect` of taking back a saved frame, pattern or closure and what was made along."""
    along = row.along.all() if isinstance(row, Closure) else ()
    return _effect(row, without=(row, *along))


def registers_decided(closure: Closure) -> "SentRegisters":
    """The `SentRegisters` of which the writer of a closure had to decide."""
    if closure.registers_choice == RegistersChoice.HELD:
        return _effect(closure, without=list(closure.along.all())).registers_lost
    return effect_of_taking_back(closure).registers_gained


def _effect(
    row: CalendarRow,
    *,
    supposing: Sequence[CalendarRow] = (),
    without: Sequence[CalendarRow] = (),
) -> "Effect":
    classes = list(classes_under(row).select_related("year", "school", "site"))
    effect = Effect({each.pk: each for each in classes})
    if not classes:
        return effect
    start, end = _time_of(row)
    for month, now, then in due_bits_if(classes, start, end, supposing=supposing, without=without):
        for pk in now:
            if now[pk] & ~then[pk]:
                effect.lost[pk, month] = now[pk] & ~then[pk]
            if then[pk] & ~now[pk]:
                effect.gained[pk, month] = then[pk] & ~now[pk]
    return effect


@dataclass
class Effect:
    """Sessions that are no longer due and that become due, as bits by (class id, `Month`)."""

    classes: dict[int, SchoolClass]
    lost: dict[ClassAndMonth, int] = field(default_factory=dict)
    gained: dict[ClassAndMonth, int] = field(default_factory=dict)

    @property
    def sessions_lost(self) -> int:
        """How many class sessions are no longer due."""
        return sum(bits.bit_count() for bits in self.lost.values())

    @property
    def sessions_gained(self) -> int:
        """How many class sessions become due."""
        return sum(bits.bit_count() for bits in self.gained.values())

    @cached_property
    def registers_lost(self) -> "SentRegisters":
        """`SentRegisters` that no longer count."""
        return _registers_in(self.lost)

    @cached_property
    def registers_gained(self) -> "SentRegisters":
        """`SentRegisters` that come to count."""
        return _registers_in(self.gained)

    def each_lost(self) -> Iterator[tuple[int, datetime.date, str]]:
        """Yields (class id, date, session code) of every session no longer due."""
        for (pk, month), bits in self.lost.items():
            for date in month.days():
                for session in Session:
                    if bits & session_bitmask.bit(date, session):
                        yield pk, date, session.value

    def changes(self) -> dict[Month, set[int]]:
        """Dict `Month` -> ids of the classes of which a session changes."""
        found: defaultdict[Month, set[int]] = defaultdict(set)
        for pk, month in (*self.lost, *self.gained):
            found[month].add(pk)
        return dict(found)


@dataclass
class SentRegisters:
    """Registers already sent, by day."""

    keys: list[RegisterKey]

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def shown(self) -> list[Register]:
        """The first fifty, with class, school and `sender`; two queries, by day and school."""
        return registers_with_senders([key.register_id for key in self.keys[:MOST_SHOWN]])


def _registers_in(sessions: Mapping[ClassAndMonth, int]) -> SentRegisters:
    by_month: defaultdict[Month, dict[int, int]] = defaultdict(dict)
    for (pk, month), bits in sessions.items():
        by_month[month][pk] = bits
    keys: list[RegisterKey] = []
    for month, wanted in by_month.items():
        some = 0
        for bits in wanted.values():
            some |= bits
        days = [day for day in month.days() if some & session_bitmask.days(day, day + ONE_DAY)]
        keys += [
            RegisterKey(*key)
            for key in Register.objects.filter(
                school_class__in=wanted, date__gte=days[0], date__lte=days[-1]
            )
            .order_by("date", "school__name_key", "school_class__name_key", "session")
            .values_list("pk", "school_class_id", "date", "session")
            if wanted[key[1]] & session_bitmask.bit(key[2], key[3])
        ]
    return SentRegisters(sorted(keys, key=lambda key: key.date))


def registers_with_senders(register_ids: Collection[int]) -> list[Register]:
    """Registers with class and school loaded and `sender` set, by day, school and class."""
    found = list(
        Register.objects.filter(pk__in=register_ids)
        .select_related("school", "school_class")
        .order_by("date", "school__name_key", "school_class__name_key", "session")
    )
    senders = {
        revision.register_id: revision.sent_by
        for revision in RegisterRevision.objects.filter(
            register__in=register_ids, number=F("register__revision")
        ).select_related("sent_by")
    }
    for register in found:
        register.sender = senders.get(register.pk)
    return found
