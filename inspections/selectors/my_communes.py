"""A member's communes and their month: attendance, flags, visits, what is open."""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Max, Q

from core import rules
from core.levels import EducationLevel
from core.months import Month
from core.permissions import Permission as P
from core.scope import Scope
from reports.models import Flag
from reports.rates import Judgement
from reports.selectors.dashboards import Row, rows_of_communes
from schools.areas.selectors.tree import successors
from schools.enums import AreaLevel
from schools.models import Area

from ..models import Recommendation, Visit
from ..models.visits import overdue

# The order in which a member should meet them.
_GRAVITY = [
    Judgement.CERTAINLY_LOW,
    Judgement.WATCH,
    Judgement.NOTHING_SENT,
    Judgement.CANNOT_BE_JUDGED,
    Judgement.TOO_SMALL,
    Judgement.NO_TARGET,
    Judgement.NO_VALUE,
    Judgement.GOOD,
]


@dataclass(frozen=True)
class CommuneMonth:
    """A commune as it stands for the member who answers for it.

    Attributes:
        levels: its figures of the month by level, lower secondary first; empty without any.
        flags: flags of `flag_month`, the newest month that has some; 0 and None without.
        open: recommendations not confirmed as carried out; `overdue` of them not answered in time.
    """

    area: Area
    levels: Sequence[tuple[EducationLevel, Row]]
    flags: int
    flag_month: Month | None
    visited_on: datetime.date | None
    open: int
    overdue: int

    @property
    def gravity(self) -> tuple[int, float, int, str, int]:
        """By which the worst comes first: the gravest judgement, the widest gap, flags, name."""
        worst = min(
            (_GRAVITY.index(row.judgement) for _level, row in self.levels),
            default=_GRAVITY.index(Judgement.NO_VALUE),
        )
        gap = min(
            (
                row.rate.value - row.target
                for _level, row in self.levels
                if row.rate.value is not None and row.target is not None
            ),
            default=0.0,
        )
        return worst, gap, -self.flags, self.area.name_key, self.area.pk


def my_communes(scope: Scope, month: Month) -> list[CommuneMonth]:
    """The communes named in the reader's own roles and assignments as a member, worst first.

    A fixed number of queries, none for who has none. Flags are those of this month or the one
    before.
    """
    named = {
        grant.area_id for grant, held in scope.grants if P.RECORD_VISIT in held and grant.area_id
    }
    areas = [scope.tree.get(area_id) for area_id in named]
    communes = [each for each in areas if each is not None and each.level == AreaLevel.COMMUNE]
    if not communes:
        return []
    ids = [each.pk for each in communes]
    figures = rows_of_communes(
        communes, tree=scope.tree, month=month, rules=rules.table(on=month.first)
    )
    flags = _flags(ids, month)
    # What was filed under a commune that ended stays there; it is told of the one it went into.
    before = successors(scope.history.before(ids), on=scope.date)
    mine = [old for old, now in before.items() if now in ids]
    visited: dict[int, datetime.date] = {}
    made = Visit.objects.filter(commune__in=mine, state=Visit.State.DONE).order_by()
    for old, day in made.values_list("commune").annotate(last=Max("visited_on")):
        visited[before[old]] = max(day, visited.get(before[old], day))
    asked: defaultdict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    rows = (
        Recommendation.objects.filter(visit__commune__in=mine)
        .order_by()
        .values_list("visit__commune")
        .annotate(
            still_open=Count("pk", filter=~Q(state=Recommendation.State.DONE)),
            overdue=Count("pk", filter=overdue(scope.date)),
        )
    )
    for old, still_open, late in rows:
        sums = asked[before[old]]
        asked[before[old]] = sums[0] + still_open, sums[1] + late
    found = [
        CommuneMonth(
            area=each,
            levels=figures[each.pk],
            flags=flags.get(each.pk, (0, None))[0],
            flag_month=flags.get(each.pk, (0, None))[1],
            visited_on=visited.get(each.pk),
            open=asked[each.pk][0],
            overdue=asked[each.pk][1],
        )
        for each in communes
    ]
    return sorted(found, key=lambda each: each.gravity)


def _flags(communes: Sequence[int], month: Month) -> dict[int, tuple[int, Month]]:
    rows = (
        Flag.objects.filter(commune__in=communes, month__in=[month.first, month.plus(-1).first])
        .exclude(state=Flag.State.WITHDRAWN)
        .order_by("month")
        .values_list("commune", "month")
        .annotate(count=Count("pk"))
    )
    # The newer month, which comes later, stands.
    return {commune: (count, Month.of(first)) for commune, first, count in rows}
