"""What followed a visit, a plan, and a school year by what its visits asked for."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from core import rules
from core.estimates import Verdict, verdict_of
from core.scope import Scope
from core.types import StrOrPromise, User
from schools.models import SchoolYear

from ..models import Recommendation, Visit
from ..selectors.visits import visits_seen_by
from .courses import Courses, Found, Measure
from .estimation import Comparison, Pooled, pool
from .limits import Limits

# So that no page is endless: a year of the province has some hundred visits.
MOST_VISITS = 500


@dataclass(frozen=True)
class VisitEffect:
    """What followed one visit. `main` is told of; the others stand beside it.

    What is told of is fixed before anything is looked at: attendance of the level that the visit
    was to look at first, else of all levels together.
    """

    visit: Visit
    main: Found
    others: Sequence[Found] = ()


@dataclass(frozen=True)
class Counted:
    """How many visits came to which verdict, and their mean where there are enough of them."""

    improved: int
    unclear: int
    worse: int
    not_enough: int
    mean: Pooled | None

    @property
    def judged(self) -> int:
        """Visits of which something can be said."""
        return self.improved + self.unclear + self.worse

    @property
    def visits(self) -> int:
        """All visits."""
        return self.judged + self.not_enough

    @property
    def verdict(self) -> Verdict:
        """What may be said of the mean."""
        if self.mean is None:
            return Verdict.NOT_ENOUGH
        return verdict_of(self.mean.low, self.mean.high)


@dataclass(frozen=True)
class KindRow:
    """A kind of recommendation: how many, how many carried out, and what followed their visits.

    `kind` is "" for those of which it was not said.
    """

    kind: str
    recommendations: int
    done: int
    counted: Counted

    @property
    def name(self) -> StrOrPromise:
        """The kind in words."""
        return Recommendation.Kind(self.kind).label if self.kind else _("Not said")


@dataclass(frozen=True)
class YearEffect:
    """The visits of a school year: all together, by kind of recommendation, and each.

    `left_out`: earlier visits, beyond the `MOST_VISITS` latest, that are not looked at.
    """

    counted: Counted
    kinds: Sequence[KindRow]
    visits: Sequence[VisitEffect]
    limits: Limits
    left_out: int = 0


def effect_of(visit: Visit, *, today: datetime.date) -> tuple[VisitEffect, Limits]:
    """What followed a visit that was made, at every level and by every measure.

    At most 10 queries.
    """
    courses = _courses([visit], today)
    main = courses.found(visit, visit.level)
    told = (visit.level, Measure.ATTENDANCE)
    others = [
        courses.found(visit, level, measure)
        for level in courses.levels_of(visit.commune_id)
        for measure in Measure
        if (level, measure) != told
    ]
    return VisitEffect(visit, main, others), courses.limits


def effects_of(
    visits: Iterable[Visit], *, today: datetime.date
) -> tuple[list[VisitEffect], Limits]:
    """What followed each of some visits that were made, by attendance; at most 10 queries."""
    made = [each for each in visits if each.visited_on is not None]
    courses = _courses(made, today)
    return [VisitEffect(each, courses.found(each, each.level)) for each in made], courses.limits


def year_effect(user: User, scope: Scope, *, year: SchoolYear, today: datetime.date) -> YearEffect:
    """The visits of a school year that the reader may see; at most 13 queries."""
    seen = visits_seen_by(user, scope, state=Visit.State.DONE).filter(
        visited_on__gte=year.valid_from, visited_on__lt=year.valid_to
    )
    visits = list(seen.order_by("-visited_on", "-pk")[:MOST_VISITS])
    left_out = seen.count() - MOST_VISITS if len(visits) == MOST_VISITS else 0
    effects, limits = effects_of(visits, today=today)
    return YearEffect(
        counted=count(effects, limits),
        kinds=_by_kind(effects, limits),
        visits=sorted(effects, key=_clearest_first),
        limits=limits,
        left_out=left_out,
    )


def years_with_visits(on: datetime.date) -> list[SchoolYear]:
    """School years in which a visit was made, the latest first; one query."""
    days = list(
        Visit.objects.filter(state=Visit.State.DONE)
        .order_by()
        .values_list("visited_on", flat=True)
        .distinct()
    )
    years = SchoolYear.objects.filter(valid_from__lte=on).order_by("-valid_from")
    return [
        year for year in years if any(d and year.valid_from <= d <= year.last_day for d in days)
    ]


def count(effects: Iterable[VisitEffect], limits: Limits, *, sure: float = 0.95) -> Counted:
    """How many came to which verdict; a mean from `least_visits` communes on."""
    mains = [each.main for each in effects]
    verdicts = [each.verdict for each in mains]
    comparisons = [each.comparison for each in mains if each.comparison is not None]
    return Counted(
        improved=verdicts.count(Verdict.IMPROVED),
        unclear=verdicts.count(Verdict.UNCLEAR),
        worse=verdicts.count(Verdict.WORSE),
        not_enough=verdicts.count(Verdict.NOT_ENOUGH),
        mean=pool(comparisons, sure=sure) if _is_enough(comparisons, limits) else None,
    )


def _is_enough(comparisons: Sequence[Comparison], limits: Limits) -> bool:
    return len({each.unit for each in comparisons}) >= limits.least_visits


def _courses(visits: Sequence[Visit], today: datetime.date) -> Courses:
    """The map is that of the end of the last visit's school year, so that its months are whole."""
    day = max((each.visited_on for each in visits if each.visited_on is not None), default=today)
    year = SchoolYear.objects.filter(valid_from__lte=day).order_by("-valid_from").first()
    return Courses(
        visits,
        limits=Limits.of(rules.table(on=min(day, today))),
        map_date=today if year is None else min(today, year.last_day),
        today=today,
    )


def _by_kind(effects: Sequence[VisitEffect], limits: Limits) -> list[KindRow]:
    """A row for each kind that was asked for; the more kinds are told of, the surer each must be.

    With several kinds looked at, one of them stands out by chance: their errors are divided among
    them (Bonferroni), so that together they are wrong in one year of twenty.
    """
    asked: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    rows = Recommendation.objects.filter(visit__in=[each.visit.pk for each in effects]).values_list(
        "kind", "visit_id", "state"
    )
    for kind, visit_id, state in rows:
        asked[kind].append((visit_id, state))
    sure = 1 - 0.05 / max(1, len(asked))
    made = []
    for kind in (*Recommendation.Kind.values, ""):
        if kind in asked:
            ids = {visit_id for visit_id, _state in asked[kind]}
            made.append(
                KindRow(
                    kind=kind,
                    recommendations=len(asked[kind]),
                    done=sum(s == Recommendation.State.DONE for _v, s in asked[kind]),
                    counted=count((e for e in effects if e.visit.pk in ids), limits, sure=sure),
                )
            )
    return made


_ORDER = (Verdict.IMPROVED, Verdict.WORSE, Verdict.UNCLEAR, Verdict.NOT_ENOUGH)


def _clearest_first(effect: VisitEffect) -> tuple[int, float, int]:
    compared = effect.main.comparison
    return (
        _ORDER.index(effect.main.verdict),
        -compared.effect if compared is not None else 0.0,
        effect.visit.pk,
    )
