"""The visits of a period in an area, with what they found and what came of it."""

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, Sum
from django.utils import timezone

from core.months import Month
from reports.selectors.dashboards import map_date_for
from schools.areas.selectors.history import AreaHistory
from schools.areas.selectors.tree import AreaTree
from schools.models import Area

from ..models import ChecklistAnswer, HeadCount, InspectionPlan, Recommendation, Visit
from ..models.visits import overdue

# Questions of the checklist that are named, those with the most faults first.
FAULTS_NAMED = 5


@dataclass(frozen=True)
class Tally:
    """Recommendations: all, carried out, answered and to be confirmed, open past their day; and of
    all those for something serious."""

    given: int = 0
    done: int = 0
    answered: int = 0
    overdue: int = 0
    serious: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.given + other.given,
            self.done + other.done,
            self.answered + other.answered,
            self.overdue + other.overdue,
            self.serious + other.serious,
        )


@dataclass(frozen=True)
class Counted:
    """Classes in which pupils were counted beside a register, and both sums."""

    classes: int = 0
    counted: int = 0
    registered: int = 0

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(
            self.classes + other.classes,
            self.counted + other.counted,
            self.registered + other.registered,
        )


@dataclass(frozen=True)
class VisitMade:
    """A visit that was made, with its recommendations and counts."""

    visit: Visit
    recommendations: Tally
    counted: Counted


@dataclass(frozen=True)
class VisitsOfPeriod:
    """What the visits of a period come to.

    Attributes:
        made: within the period, by day.
        later: planned for the period by approved plans and made after it.
        waiting: planned for it and not made.
        cancelled: called off.
        faults: (question, answers "no" or "partly"), most first.
        older: recommendations of earlier visits that are not carried out.
        on: the day of the report, by which overdue is judged.
    """

    made: Sequence[VisitMade]
    later: Sequence[Visit]
    waiting: Sequence[Visit]
    cancelled: Sequence[Visit]
    faults: Sequence[tuple[str, int]]
    older: Tally
    on: datetime.date

    @property
    def recommendations(self) -> Tally:
        return sum((each.recommendations for each in self.made), Tally())

    @property
    def counted(self) -> Counted:
        return sum((each.counted for each in self.made), Counted())


def visits_of_period(area: Area, months: Sequence[Month]) -> VisitsOfPeriod:
    """The visits of approved plans to communes of an area in some months in a row.

    Args:
        months: oldest first; the communes are those of the map of the last one, with those that
            went into them: their visits and recommendations stand where they were filed. One that
            was divided stands in the report of an area that has all its parts, else it would be
            counted in each.

    Nine queries whatever the number of visits.
    """
    first, end, today = months[0].first, months[-1].end, timezone.localdate()
    tree = AreaTree.on(map_date_for(area, months[-1]))
    of_map = {each.pk for each in tree.communes(area.pk)} or {area.pk}
    communes = AreaHistory(tree.date).wholly_before(of_map)
    visits = Visit.objects.filter(
        commune__in=communes, plan__state=InspectionPlan.State.APPROVED
    ).select_related("commune", "member")
    made = list(
        visits.filter(state=Visit.State.DONE, visited_on__gte=first, visited_on__lt=end).order_by(
            "visited_on", "commune__name_key", "pk"
        )
    )
    of_plans = visits.filter(plan__month__gte=first, plan__month__lt=end).order_by(
        "planned_on", "commune__name_key", "pk"
    )
    others = list(of_plans.exclude(state=Visit.State.DONE, visited_on__lt=end))
    ids = [each.pk for each in made]
    tallies = _tallies(Q(visit__in=ids), today)
    counts = _counts(ids)
    older = Q(visit__commune__in=communes, visit__visited_on__lt=first)
    return VisitsOfPeriod(
        made=[
            VisitMade(each, tallies.get(each.pk, Tally()), counts.get(each.pk, Counted()))
            for each in made
        ],
        later=[each for each in others if each.state == Visit.State.DONE],
        waiting=[each for each in others if each.state == Visit.State.PLANNED],
        cancelled=[each for each in others if each.state == Visit.State.CANCELLED],
        faults=_faults(ids),
        older=sum(_tallies(older & ~Q(state=Recommendation.State.DONE), today).values(), Tally()),
        on=today,
    )


def _tallies(which: Q, today: datetime.date) -> dict[int, Tally]:
    states = Recommendation.State
    rows = (
        Recommendation.objects.filter(which)
        .order_by()
        .values("visit")
        .annotate(
            given=Count("pk"),
            done=Count("pk", filter=Q(state=states.DONE)),
            answered=Count("pk", filter=Q(state=states.ANSWERED)),
            overdue=Count("pk", filter=overdue(today)),
            serious=Count("pk", filter=Q(severity=Recommendation.Severity.SERIOUS)),
        )
    )
    return {
        row["visit"]: Tally(
            row["given"], row["done"], row["answered"], row["overdue"], row["serious"]
        )
        for row in rows
    }


def _counts(visit_ids: Sequence[int]) -> dict[int, Counted]:
    rows = (
        HeadCount.objects.filter(visit__in=visit_ids)
        .exclude(registered=None)
        .order_by()
        .values("visit")
        .annotate(classes=Count("pk"), counted=Sum("counted"), registered=Sum("registered"))
    )
    return {
        row["visit"]: Counted(row["classes"], row["counted"], row["registered"]) for row in rows
    }


def _faults(visit_ids: Sequence[int]) -> list[tuple[str, int]]:
    answers = ChecklistAnswer.Answer
    texts = ChecklistAnswer.objects.filter(
        visit__in=visit_ids, answer__in=[answers.NO, answers.PARTLY]
    ).order_by("item__place", "pk")
    # Python keeps the order of the checklist among questions with as many faults.
    return Counter(texts.values_list("item__text", flat=True)).most_common(FAULTS_NAMED)
