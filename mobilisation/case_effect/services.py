"""Cases are compared once the days after them are over; in the background."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import ceil

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from schools.directory.selectors.years import year_on

from ..models import CaseEffect, ChildCase, Match
from .counting import Counter, Window, window_around
from .estimation import Course, FewAlike, Others
from .limits import Limits

# Days of opening in one run: some seconds each in a large province, and more come every night.
MOST_DAYS = 40
WHY = CaseEffect.WhyNot


@dataclass(frozen=True)
class _Asked:
    """A case and the pupil it is about; None where it is known from the survey only."""

    case_id: int
    pupil_id: int | None


def compare_due(*, today: datetime.date, again_since: datetime.date | None = None) -> int:
    """Compare cases of drifting children whose days are over; returns how many were written.

    The days of opening are taken one by one, the oldest first, at most `MOST_DAYS` of them.

    Args:
        again_since: compare also again all that were opened on that day or later, and however
            many days that are.
    """
    cases = ChildCase.objects.filter(kind=ChildCase.Kind.DRIFTING, opened_on__lt=today)
    if again_since is None:
        cases = cases.filter(effect=None)
    else:
        cases = cases.filter(Q(effect=None) | Q(opened_on__gte=again_since))
    days = cases.order_by("opened_on").values_list("opened_on", flat=True).distinct()
    written = 0
    for day in list(days if again_since else days[:MOST_DAYS]):
        written += _compare_day(day, list(cases.filter(opened_on=day)), today)
    return written


@transaction.atomic
def _compare_day(day: datetime.date, cases: Sequence[ChildCase], today: datetime.date) -> int:
    """Write what came after the cases of one day; 0 while its days are not over."""
    limits, year = Limits.on(day), year_on(day)
    asked = _asked(cases)
    if year is None:
        return _write([_nothing(each, WHY.NO_ROLL) for each in asked])
    window = window_around(day, year, days=limits.days, recent=limits.recent_days, today=today)
    if window is None:
        is_over = today >= year.valid_to
        return _write([_nothing(each, WHY.FEW_DAYS) for each in asked]) if is_over else 0
    if not window.is_over:
        return 0
    counter = Counter(window, year)
    courses = {
        each.pupil: each
        for each in counter.pupils([each.pupil_id for each in asked if each.pupil_id])
    }
    others = _others(counter, courses.values(), window, limits)
    return _write(
        [_effect(each, courses.get(each.pupil_id or 0), others, window, limits) for each in asked]
    )


def _others(counter: Counter, cases: Collection[Course], window: Window, limits: Limits) -> Others:
    """Children to compare with: those who had no case on that day, nor in the days before it.

    Who got a case later stays among them: to leave those out would choose by what came after.
    """
    known = [each.before for each in cases if each.is_enough(limits.least_sessions)]
    if not known:
        return Others([], least_sessions=1)
    away = [1 - each.attended for each in known]
    farthest = limits.farthest / 100
    least = ceil((min(away) - farthest) * limits.least_sessions - 1e-9)
    most = ceil((max(away) + farthest) * 2 * limits.days)
    followed = _pupils_followed(window.first, window.day)
    found = counter.away_between(max(1, least), most)
    return Others(
        (each for each in found if each.pupil not in followed),
        least_sessions=limits.least_sessions,
    )


def _pupils_followed(first: datetime.date, day: datetime.date) -> set[int]:
    """Pupils of whom a case stood open at some time from `first` to `day`; two queries."""
    rows = ChildCase.objects.filter(opened_on__lte=day).filter(
        Q(closed_on=None) | Q(closed_on__gte=first)
    )
    alone = Match.objects.filter(person__cases__in=rows.filter(pupil=None))
    return set(rows.exclude(pupil=None).values_list("pupil_id", flat=True)) | set(
        alone.values_list("pupil_id", flat=True)
    )


def _asked(cases: Sequence[ChildCase]) -> list[_Asked]:
    alone = [each.person_id for each in cases if each.pupil_id is None]
    matched = dict(Match.objects.filter(person__in=alone).values_list("person_id", "pupil_id"))
    return [_Asked(each.pk, each.pupil_id or matched.get(each.person_id or 0)) for each in cases]


def _effect(
    asked: _Asked, course: Course | None, others: Others, window: Window, limits: Limits
) -> CaseEffect:
    if course is None:
        return _nothing(asked, WHY.NO_ROLL)
    found = CaseEffect(
        case_id=asked.case_id,
        computed_at=timezone.now(),
        before_from=window.first,
        after_to=window.last,
        school_id=course.school,
        before_absent=course.before.absent,
        before_sessions=course.before.sessions,
        after_absent=course.after.absent,
        after_sessions=course.after.sessions,
    )
    if not course.is_enough(limits.least_sessions):
        found.why_not = WHY.FEW_DAYS
        return found
    try:
        compared = others.compare(
            course,
            most=limits.most_alike,
            least=limits.least_alike,
            farthest=limits.farthest / 100,
        )
    except FewAlike:
        found.why_not = WHY.FEW_ALIKE
        return found
    found.foreseen, found.similar = compared.foreseen, compared.similar
    found.shared = {str(school): round(part, 6) for school, part in compared.shared.items()}
    return found


def _nothing(asked: _Asked, why: str) -> CaseEffect:
    return CaseEffect(case_id=asked.case_id, computed_at=timezone.now(), why_not=why)


def _write(rows: Sequence[CaseEffect]) -> int:
    fields = [
        field.name
        for field in CaseEffect._meta.concrete_fields
        if not field.primary_key and field.name != "case"
    ]
    CaseEffect.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["case"],
        update_fields=fields,
    )
    return len(rows)
