"""What each criterion looks at: one item for everything that was asked, reached or not.

Judged by the targets in force then, like every figure of the product (`reports.rates.judge`).
What has no target, no value or too few pupils is no item; registers so few that attendance cannot
be judged are one that was not reached, for sending them is part of the duty. A fixed number of
queries whatever the number of communes and members, but for the map of communes that ended within
the year: each day on which some did costs two.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.utils import timezone
from django.utils.translation import gettext as _

from core import rules
from core.formatting import format_target, percent
from core.levels import EducationLevel
from core.months import Month
from reports import rates, thresholds
from reports.indicators import INDICATORS
from reports.models import ClassCoverage
from reports.rates import Judgement
from reports.selectors.figures import figures, months_of_year, year_to_date
from reports.selectors.mobilisation import mobilisation_figures
from reports.selectors.targets import TargetTable
from schools.areas.selectors.tree import AreaTree
from schools.models import Area, SchoolYear

from ..models import InspectionPlan, Measure, Recommendation, Visit
from .cards import Item
from .limits import RECORD_DAYS

_COUNTED_AGAINST = (Judgement.WATCH, Judgement.CERTAINLY_LOW)
_UNCERTAIN = (Judgement.CANNOT_BE_JUDGED, Judgement.NOTHING_SENT)
# From which of the three heaps of `Evidence` the items of a measure come. A measure in none of
# them is not worked out, and no criterion may count it.
_BY_MEMBER = (Measure.VISITS, Measure.RECORDS)
_AT_END = (Measure.MOBILISATION, Measure.ROLL_KEPT)
_BY_MONTH = (Measure.ATTENDANCE, Measure.RECOMMENDATIONS)
WORKED_OUT = frozenset({*_BY_MEMBER, *_AT_END, *_BY_MONTH})
ROLL_INDICATORS = ("retention_a", "retention_b", "dropout")
ONE_DAY = datetime.timedelta(days=1)


def months_over(year: SchoolYear, today: datetime.date) -> list[Month]:
    """The months of a school year that are over, oldest first."""
    first, last = months_of_year(year)
    return [month for month in last.since(first) if month.last < today]


@dataclass(frozen=True)
class Holder:
    """Whose card it is: the communes answered for in each month, and the member ids, if any."""

    communes: Mapping[int, Collection[Month]]
    member_ids: Collection[int] = ()


@dataclass
class Evidence:
    """The items of all communes and members, loaded once for many cards.

    Attributes:
        by_month: measure -> commune -> month -> items.
        at_end: measure -> commune -> items of the last month that is over.
        by_member: measure -> member -> items.
    """

    last: Month | None
    by_month: dict[str, dict[int, dict[Month, list[Item]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    )
    at_end: dict[str, dict[int, list[Item]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    by_member: dict[str, dict[int, list[Item]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )

    def items(self, measure: str, holder: Holder) -> list[Item]:
        """What a criterion of this measure looks at on the card of a holder."""
        if measure in _BY_MEMBER:
            of_measure = self.by_member[measure]
            return [item for pk in holder.member_ids for item in of_measure[pk]]
        if measure in _AT_END:
            held = [pk for pk, months in holder.communes.items() if self.last in months]
            return [item for pk in held for item in self.at_end[measure][pk]]
        return [
            item
            for pk, months in holder.communes.items()
            for month in sorted(months)
            for item in self.by_month[measure][pk].get(month, ())
        ]


def evidence_of(
    area: Area,
    *,
    year: SchoolYear,
    communes: Iterable[Area],
    member_ids: Collection[int],
    today: datetime.date,
) -> Evidence:
    """Everything the criteria look at, of communes of an area and of members.

    Args:
        area: of the committee; mobilisation is counted on its map.
        communes: those answered for, and those scored themselves.
    """
    months = months_over(year, today)
    found = Evidence(last=months[-1] if months else None)
    if not months:
        return found
    known = {commune.pk: commune for commune in communes}
    load = _Loader(area, months, known, today, found)
    load.attendance()
    load.roll_kept()
    load.mobilisation()
    load.recommendations()
    load.visits(member_ids)
    return found


class _Loader:
    def __init__(
        self,
        area: Area,
        months: list[Month],
        communes: Mapping[int, Area],
        today: datetime.date,
        found: Evidence,
    ) -> None:
        self.area, self.months, self.communes = area, months, communes
        self.today, self.found = today, found
        self.last = months[-1]
        self.rules = rules.table(on=self.last.last)
        self.targets = TargetTable.on_each([month.last for month in months])
        self._trees: dict[datetime.date, AreaTree] = {}

    def attendance(self) -> None:
        """A commune × level × month with a target."""
        cells = figures(
            months=self.months, by=("commune", "level"), school_ids=list(self._school_ids)
        )
        items = self.found.by_month[Measure.ATTENDANCE]
        for ((commune_id, level), month), values in sorted(
            cells.items(), key=lambda cell: (cell[0][1], cell[0][0][1])
        ):
            commune = self.communes.get(commune_id)
            if commune is None:
                continue
            targets, chain = self.targets[month.last], self._chain(commune)
            rate = INDICATORS["attendance"].compute(values)
            target = targets.share("attendance", level, chain)
            judgement = rates.judge(
                rate,
                target,
                INDICATORS["coverage"].compute(values),
                targets.share("coverage", level, chain),
                min_pupils=int(self.rules[thresholds.MIN_PUPILS, level]),
                min_days=int(self.rules[thresholds.MIN_DAYS, level]),
                days=values.days,
            )
            name = _("%(commune)s, %(level)s, %(month)s") % {
                "commune": commune.title,
                "level": EducationLevel(level).label,
                "month": month.first.strftime("%m/%Y"),
            }
            if target is not None:
                items[commune_id][month] += _judged(
                    judgement,
                    rate,
                    target,
                    Item(
                        name,
                        False,
                        _("too little was sent to judge it"),
                        commune_id,
                        str(month),
                        level,
                    ),
                )

    def roll_kept(self) -> None:
        """A commune × level × indicator of the roll that has a target, over the year so far."""
        cells = year_to_date(
            month=self.last, by=("commune", "level"), school_ids=list(self._school_ids)
        )
        targets = self.targets[self.last.last]
        items = self.found.at_end[Measure.ROLL_KEPT]
        for (commune_id, level), values in sorted(
            cells.items(), key=lambda cell: (cell[0][0] or 0, cell[0][1])
        ):
            commune = self.communes.get(commune_id)
            if commune is None:
                continue
            for code in ROLL_INDICATORS:
                indicator = INDICATORS[code]
                rate = indicator.compute(values)
                target = targets.share(code, level, self._chain(commune))
                least = int(self.rules[thresholds.MIN_PUPILS, level])
                if target is None or rate.value is None or rate.denominator < least:
                    continue
                reached = (
                    rates.reaches(rate, target)
                    if indicator.higher_is_better
                    else not rates.exceeds(rate, target)
                )
                name = _("%(commune)s, %(level)s: %(indicator)s") % {
                    "commune": commune.title,
                    "level": EducationLevel(level).label,
                    "indicator": indicator.name,
                }
                items[commune_id].append(
                    Item(
                        name,
                        reached,
                        _said(rate, target),
                        commune_id,
                        str(self.last),
                        level,
                    )
                )

    def mobilisation(self) -> None:
        """A commune with a survey × mobilisation rate that has a target."""
        counted = mobilisation_figures(
            area=self.area, month=self.last, rules=self.rules, today=self.today
        )
        items = self.found.at_end[Measure.MOBILISATION]
        for rows in counted.by_commune.values():
            for row in rows:
                if row.target is None or row.area.pk not in self.communes:
                    continue
                unjudged = Item(
                    f"{row.area.title}: {row.variant.name}",
                    False,
                    _("too few of the children told of are found on the rolls to judge it"),
                    row.area.pk,
                    str(self.last),
                    rate=row.variant.code,
                )
                items[row.area.pk] += _judged(row.judgement, row.rate, row.target, unjudged)

    def recommendations(self) -> None:
        """A recommendation to a commune, or to its schools, that was due before today."""
        due = Recommendation.objects.filter(
            visit__commune__in=self.communes,
            due_on__gte=self.months[0].first,
            due_on__lt=min(self.last.end, self.today),
        ).select_related("visit__commune")
        items = self.found.by_month[Measure.RECOMMENDATIONS]
        for each in due.order_by("due_on", "pk"):
            done = each.done_on if each.state == Recommendation.State.DONE else None
            commune_id = each.visit.commune_id
            items[commune_id][Month.of(each.due_on)].append(
                Item(
                    f"{each.visit.commune.title}: {each.text}",
                    done is not None and done <= each.due_on,
                    _said_of_recommendation(each, done),
                    commune_id,
                    visit_id=each.visit_id,
                )
            )

    def visits(self, member_ids: Collection[int]) -> None:
        """A visit in charge of whose day is past, and the record of each that was made."""
        planned = Visit.objects.filter(
            member_id__in=member_ids,
            plan__state=InspectionPlan.State.APPROVED,
            plan__month__gte=self.months[0].first,
            plan__month__lte=self.last.first,
        ).exclude(state=Visit.State.CANCELLED)
        in_time = datetime.timedelta(days=int(self.rules[RECORD_DAYS, ""]))
        visits = self.found.by_member[Measure.VISITS]
        records = self.found.by_member[Measure.RECORDS]
        for visit in planned.select_related("commune", "plan").order_by("plan__month", "rank"):
            if visit.member_id is None:
                continue
            is_made = visit.visited_on is not None and visit.state == Visit.State.DONE
            day = visit.planned_on or Month.of(visit.plan.month).last
            if not is_made and day >= self.today:
                continue
            name = f"{visit.commune.title}, {visit.plan.month:%m/%Y}"
            said = (
                _("visited on %(day)s") % {"day": f"{visit.visited_on:%d/%m/%Y}"}
                if is_made
                else _("planned for %(day)s, not made") % {"day": f"{day:%d/%m/%Y}"}
            )
            visits[visit.member_id].append(
                Item(name, is_made, said, visit.commune_id, visit_id=visit.pk)
            )
            if is_made and visit.visited_on is not None and visit.recorded_at is not None:
                recorded = timezone.localdate(visit.recorded_at)
                records[visit.member_id].append(
                    Item(
                        name,
                        recorded <= visit.visited_on + in_time,
                        _("visited on %(day)s, recorded on %(recorded)s")
                        % {
                            "day": f"{visit.visited_on:%d/%m/%Y}",
                            "recorded": f"{recorded:%d/%m/%Y}",
                        },
                        visit.commune_id,
                        visit_id=visit.pk,
                    )
                )

    @cached_property
    def _school_ids(self) -> list[int]:
        """Schools with anything counted in one of the communes in these months."""
        return list(
            ClassCoverage.objects.filter(
                commune_id__in=list(self.communes),
                month__in=[month.first for month in self.months],
            )
            .order_by()
            .values_list("school_id", flat=True)
            .distinct()
        )

    def _chain(self, commune: Area) -> list[int]:
        """The commune and the areas above it, nearest first, on the last map that has it."""
        on = self.last.last
        if commune.valid_to is not None and commune.valid_to <= on:
            on = commune.valid_to - ONE_DAY
        if on not in self._trees:
            self._trees[on] = AreaTree.on(on)
        return [above.pk for above in self._trees[on].ancestors(commune.pk)][::-1]


def _judged(
    judgement: Judgement, rate: rates.Rate, target: float, unjudged: Item
) -> Iterator[Item]:
    """The item of a judged rate; `unjudged` is what stands for one that cannot be judged."""
    if judgement in (Judgement.GOOD, *_COUNTED_AGAINST):
        yield replace(unjudged, reached=judgement == Judgement.GOOD, said=_said(rate, target))
    elif judgement in _UNCERTAIN:
        yield unjudged


def _said(rate: rates.Rate, target: float) -> str:
    return _("%(rate)s, target %(target)s") % {
        "rate": percent(rate.value),
        "target": format_target(target),
    }


def _said_of_recommendation(each: Recommendation, done: datetime.date | None) -> str:
    due = f"{each.due_on:%d/%m/%Y}"
    if done is None:
        return _("due on %(due)s, not carried out") % {"due": due}
    return _("due on %(due)s, carried out on %(done)s") % {"due": due, "done": f"{done:%d/%m/%Y}"}
