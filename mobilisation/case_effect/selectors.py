"""What came of the cases opened in a school year at a place: counts, and the mean difference."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from schools.models import Enrolment, School, SchoolYear

from ..cases.selectors.returns import Verdict, returns_of
from ..models import CaseEffect, ChildCase
from ..models.cases import CaseQuerySet
from .estimation import Comparison, Mean, mean_of
from .limits import LEAST_TOLD, Limits

OUTCOME = ChildCase.Outcome
# Comparisons read for one page: more than a province opens in a year.
MOST_CASES = 5000
# Returns looked up in the registers for one page; of more, a page of a part of the place tells.
MOST_RETURNS = 300


@dataclass(frozen=True)
class Summary:
    """What came of the cases that were opened in a school year.

    Attributes:
        opened: all but those opened by mistake; `drifting`: those of pupils drifting away.
        still_open: of `opened`, those in which something is still to be done.
        outcomes: {outcome: how many}.
        returns: {verdict of the registers: returned cases}; None where they are too many.
        compared: the mean over the drifting cases compared; None below `LEAST_TOLD` of them.
        judged: how many could be compared; `why_not`: {reason: how many could not}.
    """

    opened: int
    drifting: int
    still_open: int
    outcomes: Mapping[str, int]
    returns: Mapping[Verdict, int] | None
    compared: Mean | None
    judged: int
    why_not: Mapping[str, int]
    limits: Limits

    @property
    def waiting(self) -> int:
        """Drifting cases whose days are not over, or that the night has not compared yet."""
        return self.drifting - self.judged - sum(self.why_not.values())


def cases_of_communes(area_ids: Collection[int]) -> CaseQuerySet:
    """Cases of children who live in some communes, of now or of once."""
    return ChildCase.objects.filter(commune__in=area_ids)


def cases_of_school(school: School) -> CaseQuerySet:
    """Cases of pupils who were on the school's roll on the day of opening."""
    there = Enrolment.objects.filter(
        Q(pupil=OuterRef("pupil")) | Q(pupil__survey_match__person=OuterRef("person")),
        Q(valid_to=None) | Q(valid_to__gt=OuterRef("opened_on")),
        school=school,
        valid_from__lte=OuterRef("opened_on"),
    )
    return ChildCase.objects.filter(Exists(there))


def summary_of(cases: QuerySet[ChildCase], *, year: SchoolYear, today: datetime.date) -> Summary:
    """What came of those of some cases that were opened in a year; a fixed number of queries."""
    limits = Limits.on(min(today, year.last_day))
    opened = cases.filter(opened_on__gte=year.valid_from, opened_on__lt=year.valid_to).exclude(
        outcome=OUTCOME.MISTAKE
    )
    rows = opened.order_by().values_list("kind", "state", "outcome").annotate(n=Count("pk"))
    by_kind: Counter[str] = Counter()
    by_state: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    for kind, state, outcome, count in rows:
        by_kind[kind] += count
        by_state[state] += count
        if outcome:
            outcomes[outcome] += count
    effects = CaseEffect.objects.filter(
        case__in=opened.filter(kind=ChildCase.Kind.DRIFTING).order_by()
    ).order_by("case_id")
    why_not = dict(
        effects.exclude(why_not="").order_by().values_list("why_not").annotate(n=Count("pk"))
    )
    comparisons = _comparisons(effects.filter(why_not=""))
    return Summary(
        opened=sum(by_kind.values()),
        drifting=by_kind[ChildCase.Kind.DRIFTING],
        still_open=by_state[ChildCase.State.OPEN],
        outcomes=outcomes,
        returns=_returns(opened, outcomes[OUTCOME.RETURNED], today),
        compared=mean_of(
            comparisons, least_cases=limits.least_cases, least_schools=limits.least_schools
        )
        if len(comparisons) >= LEAST_TOLD
        else None,
        judged=len(comparisons),
        why_not=why_not,
        limits=limits,
    )


def years_with_cases(cases: QuerySet[ChildCase], *, today: datetime.date) -> list[SchoolYear]:
    """School years in which some cases were opened, and the running one; the latest first."""
    inside = cases.order_by().filter(
        opened_on__gte=OuterRef("valid_from"), opened_on__lt=OuterRef("valid_to")
    )
    return list(
        SchoolYear.objects.filter(valid_from__lte=today)
        .filter(Q(valid_to__gt=today) | Exists(inside))
        .order_by("-valid_from")[:4]
    )


def _comparisons(effects: QuerySet[CaseEffect]) -> Sequence[Comparison]:
    """The latest `MOST_CASES` of them; one query."""
    rows = effects.order_by("-case_id").values_list(
        "school_id",
        "similar",
        "foreseen",
        "shared",
        *("before_absent", "before_sessions", "after_absent", "after_sessions"),
    )
    return [
        Comparison(
            school=school,
            before=1 - before[0] / before[1],
            after=1 - after[0] / after[1],
            foreseen=foreseen,
            similar=similar,
            shared={int(key): part for key, part in shared.items()},
        )
        for school, similar, foreseen, shared, *counts in rows[:MOST_CASES]
        for before, after in [(counts[:2], counts[2:])]
    ]


def _returns(
    opened: QuerySet[ChildCase], returned: int, today: datetime.date
) -> Mapping[Verdict, int] | None:
    if returned > MOST_RETURNS:
        return None
    found = returns_of(list(opened.filter(outcome=OUTCOME.RETURNED)), today)
    return Counter(each.verdict for each in found.values())
