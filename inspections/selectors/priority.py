"""What is known of communes beside their flags, for the order in which they are visited."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping

from django.db.models import Max, Sum

from core import rules
from core.months import Month
from reports import thresholds
from reports.models.facts import ClassCoverage, ClassMonth, SchoolMonth
from schools.areas.selectors.tree import schools_in, successors

from ..models import Visit
from ..priority import Circumstances, Known, PointRules
from .findings import verification_of


def known_of(communes: Collection[int], *, facts: Month, month: Month) -> Known:
    """What is known of communes for visits of a month; at most eight queries.

    Args:
        communes: ids of communes of that month.
        facts: the month whose figures are looked at, that of the flags.
        month: the month of the visits; weights hold on its first day.
    """
    table = rules.table(on=month.first)
    weights = PointRules.of(table)
    if not communes:
        return Known({}, weights)
    pupils = _pupils(communes, facts)
    doubtful = _doubtful(
        communes,
        facts,
        days=int(table[thresholds.FULL_DAYS, ""]),
        pupils=int(table[thresholds.FULL_PUPILS, ""]),
    )
    last = last_visits(communes, before=month.end)
    counts = _counts(communes, on=month.last)
    return Known(
        {
            pk: Circumstances(
                month=str(facts),
                pupils=pupils.get(pk, {}),
                last_on=last.get(pk),
                months=_months_between(last.get(pk), month),
                doubtful=doubtful[pk],
                counted=counts[pk][0],
                registered=counts[pk][1],
            )
            for pk in communes
        },
        weights,
    )


def last_visits(communes: Collection[int], *, before: datetime.date) -> dict[int, datetime.date]:
    """Commune id -> day of the last visit made there before a day; two queries.

    A visit to a unit that ended counts for the one its territory went into.
    """
    made = dict(
        Visit.objects.filter(state=Visit.State.DONE, visited_on__lt=before)
        .order_by()
        .values_list("commune")
        .annotate(last=Max("visited_on"))
    )
    found: dict[int, datetime.date] = {}
    for old, now in successors(made, on=before).items():
        if now in communes:
            found[now] = max(made[old], found.get(now, made[old]))
    return found


def _months_between(day: datetime.date | None, month: Month) -> int | None:
    if day is None:
        return None
    return (month.year - day.year) * 12 + month.number - day.month


def _pupils(communes: Collection[int], month: Month) -> dict[int, dict[str, int]]:
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    rows = (
        SchoolMonth.objects.filter(commune__in=communes, month=month.first)
        .order_by()
        .values_list("commune", "level")
        .annotate(sum=Sum("pupils"))
    )
    for commune_id, level, number in rows:
        found[commune_id][level] = number
    return found


def _doubtful(
    communes: Collection[int], month: Month, *, days: int, pupils: int
) -> Mapping[int, int]:
    """Commune id -> classes that had registers on `days` days of the month and no absence."""
    long = ClassCoverage.objects.filter(
        commune__in=communes, month=month.first, days__gte=days
    ).values("school_class")
    rows = (
        ClassMonth.objects.filter(commune__in=communes, month=month.first, school_class__in=long)
        .order_by()
        .values("commune", "school_class")
        .annotate(away=Sum("excused") + Sum("unexcused"), children=Sum("pupils"))
        .filter(away=0, children__gte=pupils)
    )
    return Counter(row["commune"] for row in rows)


def _counts(communes: Collection[int], *, on: datetime.date) -> Mapping[int, tuple[int, int]]:
    """Commune id -> (pupils counted, present by the registers) of the year before a day."""
    commune_of = schools_in(communes, on=on)
    found: defaultdict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for school_id, each in verification_of(list(commune_of), on=on).items():
        counted, registered = found[commune_of[school_id]]
        found[commune_of[school_id]] = (counted + each.counted, registered + each.registered)
    return found
