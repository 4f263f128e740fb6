"""Registers whose pupils are not those of the roll of their day: what nobody has settled."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import (
    BinaryField,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
)

from core.months import Month
from core.scope import Places
from core.vietnamese import sort_key
from schools.models import Enrolment, Pupil, SchoolClass

from ..enums import RegisterState
from ..models import Register, Uncounted
from ..models.pupil_ids import pack, unpack
from ..registers.selectors.counting import not_counted
from ..registers.selectors.registers import pupil_names

SHOWN = 100


@dataclass
class Difference:
    """A register with how many pupils it counts and should, and who makes the difference."""

    register: Register
    expected: int
    lacking: list[str] = field(default_factory=list)
    surplus: list[str] = field(default_factory=list)


@dataclass
class Differences:
    """The first SHOWN registers of a month that differ, newest first; `total` of all."""

    rows: list[Difference]
    total: int


class _Differing(NamedTuple):
    """A register that differs: the roll of its day, and the pupils it has."""

    date: datetime.date
    roll: set[int]
    seen: set[int]


def differences_in(places: Places, month: Month) -> Differences:
    """`Differences` of a `Month` in the classes inside the places; a fixed number of queries."""
    found = _differing(_of_places(places, month, month))
    rows = list(
        Register.objects.filter(pk__in=_newest(found))
        .select_related("school", "school_class")
        .order_by("-date", "school_class__name_key", "school_class", "session")
    )
    return Differences(_with_names(rows, found), len(found))


def count_differences(places: Places, first: Month, last: Month) -> dict[Month, int]:
    """Dict `Month` -> how many registers differ, of the months from first to last with some."""
    found = _differing(_of_places(places, first, last))
    return dict(sorted(Counter(Month.of(date) for date, *_rolls in found.values()).items()))


def expected_where_different(registers: Q) -> dict[int, int]:
    """Dict id of a register that differs -> how many pupils it should count.

    `registers`: a condition on `Register` as a `Q`.
    """
    return {pk: len(roll) for pk, (_date, roll, _seen) in _differing(registers).items()}


def classes_within(places: Places, class_ids: Collection[int]) -> set[int]:
    """Those of some classes that lie inside the places: set of ids, one query."""
    found = SchoolClass.objects.within(places).filter(pk__in=class_ids)
    return set(found.values_list("pk", flat=True))


def difference_of(register: Register) -> Difference | None:
    """The `Difference` of one register, or None when it agrees with the roll."""
    found = _differing(Q(pk=register.pk))
    rows = Register.objects.filter(pk__in=found).select_related("school", "school_class")
    return next(iter(_with_names(list(rows), found)), None)


def left_out_of(register: Register) -> list[Pupil]:
    """The pupils on the roll for whom a register does not count, by name."""
    return list(Pupil.objects.filter(uncounted__register=register).order_by("name_key", "pk"))


def _of_places(places: Places, first: Month, last: Month) -> Q:
    return Q(
        school_class__in=SchoolClass.objects.within(places),
        date__gte=first.first,
        date__lt=last.end,
    )


def _newest(found: Mapping[int, _Differing]) -> list[int]:
    """Ids of the first SHOWN by day, newest first."""
    return sorted(found, key=lambda pk: (found[pk].date, pk), reverse=True)[:SHOWN]


def _differing(condition: Q) -> dict[int, _Differing]:
    """Registers whose pupils are not those of the roll, by their id.

    Pupils are compared, not their number. Most classes have one roll in all registers of a
    month, so registers are grouped by the roll they keep (`pupil_ids.pack` writes equal rolls as
    equal bytes) and looked at one by one only in classes whose groups do not agree.
    """
    taken = Register.objects.filter(condition, state=RegisterState.TAKEN)
    groups = list(
        _with_kept_roll(taken)
        .order_by()
        .annotate(leaves_out=Exists(Uncounted.objects.filter(register=OuterRef("pk"))))
        .values_list("school_class", "roll", "packed", "leaves_out")
        .annotate(first=Min("date"), last=Max("date"))
    )
    rolls = _Rolls({class_id for class_id, *_rest in groups}, condition)
    doubtful = {
        class_id
        for class_id, number, packed, leaves_out, first, last in groups
        if leaves_out
        or not rolls.is_one(class_id, first, last)
        or not _agrees(number, packed, rolls.on(class_id, first))
    }
    if not doubtful:
        return {}
    apart = taken.filter(school_class__in=doubtful)
    left_out = not_counted(register__in=apart.values("pk"))
    found = {}
    for pk, class_id, date, number, packed in _with_kept_roll(apart).values_list(
        "pk", "school_class", "date", "roll", "packed"
    ):
        roll = {pupil for pupil in rolls.on(class_id, date) if (pk, pupil) not in left_out}
        if not _agrees(number, packed, roll):
            # Without a revision only the number is known.
            seen = roll if packed is None else set(unpack(bytes(packed)))
            found[pk] = _Differing(date, roll, seen)
    return found


def _with_kept_roll(registers: QuerySet[Register]) -> QuerySet[Any]:
    """Registers with `packed`: the roll of their newest revision as bytes, None without one."""
    return registers.annotate(
        newest=FilteredRelation("revisions", condition=Q(revisions__number=F("revision"))),
        packed=ExpressionWrapper(F("newest__roll"), output_field=BinaryField()),
    )


def _agrees(number: int, packed: bytes | None, roll: Collection[int]) -> bool:
    return number == len(roll) and (packed is None or bytes(packed) == pack(roll))


class _Rolls:
    """The rolls of some classes on any day; one query."""

    def __init__(self, class_ids: Collection[int], condition: Q) -> None:
        self._spells: defaultdict[int, list[tuple[int, datetime.date, datetime.date | None]]]
        self._spells = defaultdict(list)
        for class_id, pupil_id, start, end in Enrolment.objects.filter(
            school_class__in=Register.objects.filter(condition).values("school_class")
        ).values_list("school_class_id", "pupil_id", "valid_from", "valid_to"):
            if class_id in class_ids:
                self._spells[class_id].append((pupil_id, start, end))

    def on(self, class_id: int, date: datetime.date) -> set[int]:
        """Ids of the pupils on the roll that day."""
        return {
            pupil_id
            for pupil_id, start, end in self._spells[class_id]
            if start <= date and (end is None or date < end)
        }

    def is_one(self, class_id: int, first: datetime.date, last: datetime.date) -> bool:
        """Whether the roll is the same on all days of [first, last]."""
        return not any(
            first < day <= last
            for _pupil, *days in self._spells[class_id]
            for day in days
            if day is not None
        )


def _with_names(registers: Sequence[Register], found: Mapping[int, _Differing]) -> list[Difference]:
    lines = []
    ids: set[int] = set()
    beside: set[int] = set()
    for register in registers:
        _date, roll, seen = found[register.pk]
        lines.append((register, len(roll), roll - seen, seen - roll))
        ids |= roll ^ seen
        beside |= roll | seen
    names = pupil_names(ids, beside=beside)
    return [
        Difference(
            register,
            expected,
            sorted((names.get(pk, str(pk)) for pk in lacking), key=sort_key),
            sorted((names.get(pk, str(pk)) for pk in surplus), key=sort_key),
        )
        for register, expected, lacking, surplus in lines
    ]
