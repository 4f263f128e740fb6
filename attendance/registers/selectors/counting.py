"""Which sessions count for a pupil: the one answer of pages, lists, files, figures and the API.

A session counts for a pupil when

- the calendar of today holds it for the class (a closure entered afterwards takes it away, and
  gives it back when it is taken back), and it does not lie in the future;
- its register was taken;
- the pupil was on the roll of the class that day;
- nobody said that the register does not count for the pupil (`models.Uncounted`).

Whoever reads marks or registers for a sum, a share, a row of days or a list takes them from
here: `counting` for pages and lists, `not_counted_sql` for the statements of the facts, and
`counts_for` for whoever walks through registers themselves.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from core.months import Month
from schools.models import Enrolment, SchoolClass

from ... import session_bitmask
from ...calendar.selectors.due_sessions import ONE_DAY, due_bits_between
from ...enums import RegisterState
from ...models import Absence, Register, Uncounted

PRESENT = ("", "")


@dataclass(frozen=True, slots=True)
class Counted:
    """One session that counts for a pupil; `mark` "" is present."""

    date: datetime.date
    session: str
    mark: str = ""
    reason: str = ""


@dataclass
class Counting:
    """The registers of some classes that count, and what they say of pupils.

    `registers`: class id -> [(date, session, register id)], oldest first; `marks`: (register id,
    pupil id) -> (mark, reason); `left_out`: what `not_counted` answered; `due`: class id ->
    {`Month`: bits}, the sessions that the calendar holds, with a register or not.
    """

    registers: dict[int, list[tuple[datetime.date, str, int]]]
    marks: dict[tuple[int, int], tuple[str, str]]
    left_out: set[tuple[int, int]]
    due: Mapping[int, Mapping[Month, int]] = field(default_factory=dict)

    def sessions_of(self, spell: Enrolment) -> list[Counted]:
        """The `Counted` sessions of a spell, oldest first."""
        return [
            Counted(date, session, *self.marks.get((register_id, spell.pupil_id), PRESENT))
            for date, session, register_id in self.registers.get(spell.school_class_id, ())
            if counts_for(spell, register_id, date, self.left_out)
        ]


def counting(
    classes: Iterable[SchoolClass],
    start: datetime.date,
    end: datetime.date,
    *,
    pupils: Collection[int] | QuerySet[Any, Any] | None = None,
) -> Counting:
    """`Counting` of the registers of some classes in [start, end).

    Args:
        classes: `SchoolClass` objects with `year` loaded.
        pupils: marks of these only (ids or a queryset of ids); None = everybody's.
    Three queries and those of `due_bits_between`.
    """
    classes = list(classes)
    end = min(end, timezone.localdate() + ONE_DAY)
    if not classes or start >= end:
        return Counting({}, {}, set())
    of_registers = {
        "school_class__in": [each.pk for each in classes],
        "state": RegisterState.TAKEN,
        "date__gte": start,
        "date__lt": end,
    }
    due = due_bits_between(classes, start, end)
    registers: dict[int, list[tuple[datetime.date, str, int]]] = defaultdict(list)
    for pk, class_id, date, session in (
        Register.objects.filter(**of_registers)
        .order_by("date", "session")
        .values_list("pk", "school_class_id", "date", "session")
    ):
        if is_held(due[class_id], date, session):
            registers[class_id].append((date, session, pk))
    condition: dict[str, Any] = {f"register__{name}": value for name, value in of_registers.items()}
    if pupils is not None:
        condition["pupil__in"] = pupils
    marks = {
        (register_id, pupil_id): (mark, reason)
        for register_id, pupil_id, mark, reason in Absence.objects.filter(**condition).values_list(
            "register_id", "pupil_id", "mark", "reason"
        )
    }
    return Counting(dict(registers), marks, not_counted(**condition), due)


def is_held(bits: Mapping[Month, int], date: datetime.date, session: str) -> bool:
    """Whether a session is due, by what `due_bits_between` answered for its class."""
    return bool(bits[Month.of(date)] & session_bitmask.bit(date, session))


def not_counted(**condition: Any) -> set[tuple[int, int]]:
    """Set of (register id, pupil id) that do not count, among `Uncounted` rows; one query."""
    return set(_left_out().filter(**condition))


def not_counted_sql() -> str:
    """The rows of `not_counted` as a table in SQL: columns register_id and pupil_id."""
    return f"({_left_out().query})"


def _left_out() -> QuerySet[Uncounted, tuple[int, int]]:
    return Uncounted.objects.order_by().values_list("register_id", "pupil_id")


def counts_for(
    spell: Enrolment,
    register_id: int,
    date: datetime.date,
    left_out: Container[tuple[int, int]],
) -> bool:
    """Whether a register taken in the spell's class counts for its pupil.

    `left_out`: what `not_counted` answered. The session must be due: see `counting`.
    """
    return spell.is_valid_on(date) and (register_id, spell.pupil_id) not in left_out
