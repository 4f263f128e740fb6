"""The universal-education standards of an area in a year, evaluated whenever it is asked.

Nothing is stored, as with the rates (decision 65): a child who came today is counted today.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schools.areas.selectors.tree import AreaTree
from schools.enums import AreaKind, AreaLevel
from schools.models import Area, AreaDesignation, SchoolYear

from ..models import LiteracyTotal
from .counting import Facts, gather
from .judging import (
    AreaResult,
    CommuneResult,
    Verdict,
    judge_commune,
    judge_shares,
)
from .rule_sets import Kind, Measure, RuleSet, Share, Standard, all_sets, in_force

Communes = Mapping[int, Mapping[str, CommuneResult]]


@dataclass(frozen=True)
class Evaluation:
    """One set of rules, applied to an area.

    Attributes:
        communes: {commune id: {code: result}}, of every commune of the area.
        whole: {code: result} of the area itself when it is not a commune.
        below: {district or cluster id: {code: result}}, of a province.
    """

    rule_set: RuleSet
    communes: Communes
    whole: Mapping[str, AreaResult] = field(default_factory=dict)
    below: Mapping[int, Mapping[str, AreaResult]] = field(default_factory=dict)


@dataclass(frozen=True)
class AreaStandards:
    """Every set in force, applied to an area on a day.

    Attributes:
        day: day of the rolls counted.
        communes: communes of the area on the day, by name.
    """

    area: Area
    year: int
    day: datetime.date
    tree: AreaTree
    communes: Sequence[Area]
    facts: Facts
    evaluations: Sequence[Evaluation]


def days_of(year: int, *, today: datetime.date) -> list[datetime.date]:
    """Days for which the standards of a year can be asked: the latest on which school ran, then
    the day of the law; empty when no school year began in the year yet. One query."""
    school_year = (
        SchoolYear.objects.filter(valid_from__year=year, valid_from__lte=today)
        .order_by("valid_from")
        .first()
    )
    if school_year is None:
        return []
    latest = min(today, school_year.last_day)
    asked = {each.data_day(year) for each in all_sets()}
    return [latest, *sorted(day for day in asked if school_year.valid_from <= day < latest)]


def years_with_figures(*, today: datetime.date) -> list[int]:
    """Years in which a school year began, the latest first. One query."""
    began = SchoolYear.objects.filter(valid_from__lte=today).values_list("valid_from", flat=True)
    return sorted({each.year for each in began}, reverse=True)


def standards_of(area: Area, year: int, *, day: datetime.date) -> AreaStandards:
    """The standards of an area by every set in force on a day; a fixed number of queries.

    Args:
        day: one of `days_of`. An area that ended before is read on its last day.
    """
    if area.valid_to is not None and area.valid_to <= day:
        day = area.valid_to - datetime.timedelta(days=1)
    tree = AreaTree.on(day)
    communes = [area] if area.level == AreaLevel.COMMUNE else tree.communes(area.pk)
    sets = in_force(day)
    ids = [each.pk for each in communes]
    measures = [measure for each in sets for measure in _measures(each)]
    facts = gather(ids, measures, day=day, year=year)
    evaluations = [evaluate(area, each, facts=facts, tree=tree, communes=ids) for each in sets]
    return AreaStandards(area, year, day, tree, communes, facts, evaluations)


def evaluate(
    area: Area, rule_set: RuleSet, *, facts: Facts, tree: AreaTree, communes: Iterable[int]
) -> Evaluation:
    """A set of rules applied to an area and its communes; no query."""
    standards = list(rule_set.standards.values())
    found = {pk: judge_commune(pk, standards, facts) for pk in communes}
    if area.level == AreaLevel.COMMUNE:
        return Evaluation(rule_set, found)
    units = [each for each in tree.children(area.pk) if each.level == AreaLevel.DISTRICT]
    below = {
        unit.pk: {
            each.code: _whole(each, _shares_of(unit, each), _inside(unit, found, tree), facts)
            for each in standards
        }
        for unit in units
    }
    districts = [unit.pk for unit in units if unit.kind != AreaKind.CLUSTER]
    whole = {}
    for each in standards:
        verdicts = [below[pk][each.code].verdict or Verdict.NOT_KNOWN for pk in districts]
        shares = _shares_of(area, each)
        whole[each.code] = _whole(each, shares, found, facts, verdicts or None)
    return Evaluation(rule_set, found, whole, below)


def _whole(
    standard: Standard,
    shares: Sequence[Share] | None,
    communes: Communes,
    facts: Facts,
    districts: Sequence[Verdict] | None = None,
) -> AreaResult:
    verdicts = {pk: results[standard.code].verdict for pk, results in communes.items()}
    counted = list(verdicts.values())
    judged = None if shares is None else judge_shares(shares, verdicts, facts, districts)
    outcomes, verdict = judged or ([], None)
    return AreaResult(
        standard=standard,
        communes={each: counted.count(each) for each in Verdict},
        if_they_came=sum(
            results[standard.code].if_they_came == Verdict.MET for results in communes.values()
        ),
        if_followed_came=sum(
            results[standard.code].if_followed_came == Verdict.MET for results in communes.values()
        ),
        shares=outcomes,
        verdict=verdict,
    )


def _shares_of(area: Area, standard: Standard) -> Sequence[Share] | None:
    """What the rules ask of an area; None for a cluster, which is no unit of the law."""
    if area.kind == AreaKind.CLUSTER:
        return None
    return standard.province if area.level == AreaLevel.PROVINCE else standard.district


def _inside(area: Area, communes: Communes, tree: AreaTree) -> Communes:
    inside = tree.below(area.pk)
    return {pk: results for pk, results in communes.items() if pk in inside}


def _measures(rule_set: RuleSet) -> Iterable[Measure]:
    for standard in rule_set.standards.values():
        for condition in standard.conditions:
            yield condition.measure
            yield condition.measure_difficult


def literacy_bands(day: datetime.date) -> list[tuple[int, int]]:
    """Groups of ages for which the sets in force on a day ask for literate people."""
    measures = {measure for each in in_force(day) for measure in _measures(each)}
    return sorted({each.ages for each in measures if each.kind == Kind.LITERATE})


def literacy_totals(commune: Area, year: int) -> dict[tuple[int, int], LiteracyTotal]:
    """What a commune entered for a year, by first and last age."""
    rows = LiteracyTotal.objects.filter(commune=commune, year=year)
    return {(each.first_age, each.last_age): each for each in rows}


def designations_of(communes: Iterable[Area]) -> list[AreaDesignation]:
    """When some communes were especially difficult, the latest first."""
    return list(
        AreaDesignation.objects.filter(
            kind=AreaDesignation.Kind.ESPECIALLY_DIFFICULT, area__in=list(communes)
        )
        .select_related("area")
        .order_by("-valid_from", "area__name_key")
    )


@dataclass
class Decision:
    """Communes named together as especially difficult."""

    decree: str
    valid_from: datetime.date
    last_day: datetime.date | None
    communes: list[Area]


def decisions(rows: Iterable[AreaDesignation]) -> list[Decision]:
    """Designations as the decisions that made them, the latest first."""
    found: dict[tuple[Any, ...], Decision] = {}
    for row in rows:
        last = row.valid_to and row.valid_to - datetime.timedelta(days=1)
        decision = Decision(row.decree, row.valid_from, last, [])
        found.setdefault((row.decree, row.valid_from, last), decision).communes.append(row.area)
    return list(found.values())
