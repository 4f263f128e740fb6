"""The mobilisation rates of a place and of the communes below it, judged by their targets."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from core.months import Month
from core.rules import RuleTable
from mobilisation.assigned.selectors import numbers_of_communes, numbers_of_schools
from mobilisation.rates import selectors as mobilised
from mobilisation.rates.selectors import Counted, Counts
from mobilisation.rates.variants import VARIANTS, Variant
from schools.areas.selectors.tree import AreaTree, schools_in
from schools.enums import AreaLevel
from schools.models import Area, School

from .. import flagging, rates, thresholds
from .dashboards import map_date_for
from .targets import TargetTable

# The worst first; what cannot be judged comes before what is well.
ORDER = [
    rates.Judgement.CERTAINLY_LOW,
    rates.Judgement.WATCH,
    rates.Judgement.CANNOT_BE_JUDGED,
    rates.Judgement.NO_TARGET,
    rates.Judgement.GOOD,
    rates.Judgement.NO_VALUE,
]


@dataclass(frozen=True)
class Assigned:
    """Children on a roll against the numbers assigned (chỉ tiêu giao).

    Attributes:
        communes: how many communes of the place have a number and a survey, of `all`.
        rate: children of these communes on a roll over the numbers; may exceed 1, and has no
            interval, since the number is a plan and not a sample.
    """

    communes: int
    all: int
    on_roll: int
    children: int

    @property
    def rate(self) -> float | None:
        """0 to 1 or more; None when no number is assigned, or zero."""
        return self.on_roll / self.children if self.children else None


@dataclass(frozen=True)
class AssignedSchool:
    """Pupils of the ages of a rate on the rolls of a school against the number assigned to it."""

    school: School
    pupils: int
    children: int
    decision: str
    decided_on: datetime.date

    @property
    def rate(self) -> float | None:
        """0 to 1 or more; None for a number of zero."""
        return self.pupils / self.children if self.children else None


@dataclass(frozen=True)
class MobilisationRow:
    """One rate of one place. `rate` is of the children who live there, on a roll anywhere;
    `told` of the same by what families said; `here` of the pupils at the schools there;
    `assigned` against the numbers assigned instead of the survey."""

    area: Area
    variant: Variant
    counts: Counts
    rate: rates.Rate
    told: rates.Rate
    here: rates.Rate
    found: rates.Rate
    target: float | None
    judgement: rates.Judgement
    survey_years: Sequence[int]
    assigned: Assigned


@dataclass(frozen=True)
class MobilisationFigures:
    """What the page and the API show of an area and a month.

    Attributes:
        day: day of the rolls counted; None when no school year runs in the month.
        rows: every rate of the area, in the order of `VARIANTS`.
        by_commune: {code: rows of the communes with a survey, the worst first}.
        unsurveyed: communes without any survey up to the year.
        below: districts or clusters of the area, with the rows of each by code.
    """

    area: Area
    month: Month
    day: datetime.date | None
    year: int
    tree: AreaTree
    rows: Sequence[MobilisationRow]
    by_commune: dict[str, list[MobilisationRow]]
    unsurveyed: Sequence[Area]
    below: dict[str, list[MobilisationRow]]

    @cached_property
    def row_of(self) -> dict[str, MobilisationRow]:
        return {row.variant.code: row for row in self.rows}


def mobilisation_figures(
    *, area: Area, month: Month, rules: RuleTable, today: datetime.date
) -> MobilisationFigures:
    """The rates of an area on the map of the month; a fixed number of queries.

    Args:
        rules: those of the month (`core.rules.table`).
    """
    on = map_date_for(area, month)
    tree = AreaTree.on(on)
    communes = [area] if area.level == AreaLevel.COMMUNE else tree.communes(area.pk)
    counted_on = mobilised.day_of(month, today=today)
    if counted_on is None:
        return MobilisationFigures(area, month, None, month.year, tree, [], {}, communes, {})
    day, year = counted_on
    counted = mobilised.count(communes, day=day, year=year, map_date=on)
    assigned = {
        pk: {code: row.children for code, row in numbers.items()}
        for pk, numbers in numbers_of_communes([each.pk for each in communes], year).items()
    }
    judge = _Judge(counted, tree, TargetTable.on(month.last), rules, assigned)
    surveyed = [each for each in communes if each.pk in counted.survey_years]
    districts = [each for each in tree.children(area.pk) if each.level < AreaLevel.COMMUNE]
    return MobilisationFigures(
        area=area,
        month=month,
        day=day,
        year=year,
        tree=tree,
        rows=[judge.row(area, variant, communes) for variant in VARIANTS.values()],
        by_commune={
            code: sorted((judge.row(each, variant, [each]) for each in surveyed), key=_worst_first)
            for code, variant in VARIANTS.items()
        },
        unsurveyed=[each for each in communes if each.pk not in counted.survey_years],
        below={
            code: [judge.row(each, variant, tree.communes(each.pk)) for each in districts]
            for code, variant in VARIANTS.items()
        },
    )


def assigned_schools(figures: MobilisationFigures, code: str) -> list[AssignedSchool]:
    """The schools of a commune with a number of a rate; three queries and those of the map."""
    if figures.day is None:
        return []
    places = schools_in({figures.area.pk}, on=figures.day)
    numbers = {
        pk: rows[code]
        for pk, rows in numbers_of_schools(list(places), figures.year).items()
        if code in rows
    }
    pupils = mobilised.count_schools(list(numbers), day=figures.day, year=figures.year)
    schools = School.objects.filter(pk__in=list(numbers)).order_by("name_key", "pk")
    return [
        AssignedSchool(
            school=each,
            pupils=pupils[each.pk][code],
            children=numbers[each.pk].children,
            decision=numbers[each.pk].decision,
            decided_on=numbers[each.pk].decided_on,
        )
        for each in schools
    ]


class _Judge:
    def __init__(
        self,
        counted: Counted,
        tree: AreaTree,
        targets: TargetTable,
        rules: RuleTable,
        assigned: Mapping[int, Mapping[str, int]],
    ) -> None:
        self._counted, self._tree, self._targets, self._rules = counted, tree, targets, rules
        self._assigned = assigned

    def row(self, area: Area, variant: Variant, communes: Iterable[Area]) -> MobilisationRow:
        ids = [each.pk for each in communes]
        counts = self._counted.total(variant.code, ids)
        chain = [above.pk for above in self._tree.ancestors(area.pk)][::-1]
        target = self._targets.share(variant.code, variant.level, chain)
        limits = flagging.Thresholds(
            min_pupils=int(self._rules[thresholds.MIN_PUPILS, variant.level]),
            min_days=0,
            falling_points=0,
            persistent_months=0,
        )
        verdict = flagging.judge_mobilised(
            counts,
            target=target,
            least_found=float(self._rules[thresholds.MIN_FOUND, ""]) / 100,
            thresholds=limits,
        )
        years = {year for pk in ids for year in self._counted.survey_years.get(pk, ())}
        return MobilisationRow(
            area=area,
            variant=variant,
            counts=counts,
            rate=verdict.rate,
            told=rates.proportion(counts.told, counts.to_educate),
            here=rates.proportion(counts.at_schools_here, counts.to_educate),
            found=verdict.coverage,
            target=target,
            judgement=verdict.judgement,
            survey_years=sorted(years),
            assigned=self._against_numbers(variant.code, ids),
        )

    def _against_numbers(self, code: str, communes: Sequence[int]) -> Assigned:
        # Of a commune without a survey nobody knows how many children are on a roll.
        with_number = [
            pk
            for pk in communes
            if code in self._assigned.get(pk, {}) and pk in self._counted.survey_years
        ]
        return Assigned(
            communes=len(with_number),
            all=len(communes),
            on_roll=self._counted.total(code, with_number).on_roll,
            children=sum(self._assigned[pk][code] for pk in with_number),
        )


def _worst_first(row: MobilisationRow) -> tuple[int, int, str]:
    # Among equals those come first of whom most children are missing.
    return ORDER.index(row.judgement), -row.counts.missing, row.area.name_key
