"""Whether a child that was said to be back in class is, by the registers of its first sessions.

Counted on reading: a register that is sent or mended today is in the answer today.
"""

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from attendance.enums import Mark
from attendance.registers.selectors.counting import counting
from core import rules
from schools.models import Enrolment

from ...apps import FIRST_CHECK, LEAST_PRESENT, SECOND_CHECK
from ...models import Match
from ...models.cases import ChildCase

ONE_DAY = datetime.timedelta(days=1)
AWAY = (Mark.EXCUSED, Mark.UNEXCUSED)


class Verdict(StrEnum):
    """What the registers say of a return."""

    ON_NO_ROLL = "none"
    WAITING = "waiting"  # fewer registers than the first check needs
    ON_THE_WAY = "fair"  # came at the first check; the second is still ahead
    HOLDS = "good"  # came at both
    SLIPPING = "low"  # too seldom at the last check that could be made


@dataclass(frozen=True)
class Return:
    """The first sessions after a return of which there is a register that counts for the child.

    `checks`: [(sessions of a check, present in them)], those that could be made.
    """

    verdict: Verdict
    spell: Enrolment | None
    taken: int
    present: int
    checks: list[tuple[int, int]]


def returns_of(cases: Collection[ChildCase], today: datetime.date) -> dict[int, Return]:
    """{case id: `Return`} of cases closed as returned; none for none. A fixed number of queries.

    The day of the return counts. Rules: `mobilisation.first_check`, `second_check` (sessions) and
    `least_present` (percent of them).
    """
    if not cases:
        return {}
    table = rules.table(on=today)
    first, second = (int(table[key, ""]) for key in (FIRST_CHECK, SECOND_CHECK))
    least = int(table[LEAST_PRESENT, ""])
    pupils = _pupils_of(cases)
    since = min(each.closed_on for each in cases if each.closed_on is not None)
    spells = list(
        Enrolment.objects.during(since, today + ONE_DAY)
        .filter(pupil__in=list(pupils.values()))
        .select_related("school_class__year", "school_class__school")
        .order_by("valid_from", "pk")
    )
    classes = {each.school_class_id: each.school_class for each in spells}
    counted = counting(classes.values(), since, today + ONE_DAY, pupils=list(set(pupils.values())))
    found = {}
    for case in cases:
        assert case.closed_on is not None  # by the constraint of closed cases
        own = [each for each in spells if each.pupil_id == pupils.get(case.pk)]
        own = [each for each in own if each.meets(case.closed_on, today + ONE_DAY)]
        marks = [
            session.mark
            for spell in own
            for session in counted.sessions_of(spell)
            if session.date >= case.closed_on
        ][:second]
        checks = [(size, _present(marks[:size])) for size in (first, second) if len(marks) >= size]
        found[case.pk] = Return(
            verdict=_verdict(own, checks, least),
            spell=own[-1] if own else None,
            taken=len(marks),
            present=_present(marks),
            checks=checks,
        )
    return found


def _pupils_of(cases: Collection[ChildCase]) -> dict[int, int]:
    """{case id: pupil id}; of a child known from the survey only, the pupil it was matched with."""
    alone = [each.person_id for each in cases if each.pupil_id is None]
    matched = dict(Match.objects.filter(person__in=alone).values_list("person", "pupil"))
    found = {each.pk: each.pupil_id or matched.get(each.person_id or 0) for each in cases}
    return {pk: pupil for pk, pupil in found.items() if pupil is not None}


def _present(marks: list[str]) -> int:
    return sum(mark not in AWAY for mark in marks)


def _verdict(spells: list[Enrolment], checks: list[tuple[int, int]], least: int) -> Verdict:
    if not spells:
        return Verdict.ON_NO_ROLL
    if not checks:
        return Verdict.WAITING
    size, present = checks[-1]
    if 100 * present < least * size:
        return Verdict.SLIPPING
    return Verdict.HOLDS if len(checks) == 2 else Verdict.ON_THE_WAY
