"""Reading an analysis: one query, whatever the place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum

from core.months import Month

from ..models import ClassMonth, SchoolMonth
from .sums import NAMES, Absences


@dataclass(frozen=True)
class Analysis:
    """The absences of one place in a month, whole and by what distinguishes pupils.

    Attributes:
        total: of the month; `before` of the month it is compared with.
        by: kind of group ("grade" or "level", "sex", "ethnic_group") -> code -> its sums. The
            groups of one kind add up to `total`.
    """

    total: Absences
    before: Absences
    by: Mapping[str, Mapping[Any, Absences]]


def analysis(
    *,
    month: Month,
    compared: Month,
    level: str = "",
    school_ids: Collection[int] | None = None,
    class_ids: Collection[int] | None = None,
    by_grade: bool = True,
) -> Analysis:
    """The `Analysis` of some schools or classes; one query.

    Args:
        level: an education level, or "" for all.
        by_grade: groups by grade; else by level, which of a whole province is read from ten
            times fewer rows.
    """
    kind = "grade" if by_grade or class_ids is not None else "level"
    asked: dict[str, Any] = {"month__in": [month.first, compared.first]}
    if school_ids is not None:
        asked["school_id__in"] = school_ids
    if class_ids is not None:
        asked["school_class_id__in"] = class_ids
    if level:
        asked["level"] = level
    rows = (ClassMonth if kind == "grade" else SchoolMonth)._default_manager.filter(**asked)
    kinds = (kind, "sex", "ethnic_group")
    total = before = Absences()
    by: dict[str, defaultdict[Any, Absences]] = {name: defaultdict(Absences) for name in kinds}
    for first, *codes_and_numbers in (
        rows.order_by()
        .values_list("month", *kinds)
        .annotate(**{f"total_{name}": Sum(name) for name in NAMES})
    ):
        codes, numbers = codes_and_numbers[: len(kinds)], codes_and_numbers[len(kinds) :]
        cell = Absences(*numbers)
        if first != month.first:
            before += cell
            continue
        total += cell
        for name, code in zip(kinds, codes, strict=True):
            by[name][code] += cell
    return Analysis(total, before, by)


@dataclass(frozen=True)
class OfCommune:
    """The absences of one commune and level in a month, and those of each of its schools."""

    found: Analysis
    schools: Mapping[int, Absences]


def analyses_of_communes(
    *, month: Month, commune_of: Mapping[int, int]
) -> dict[tuple[int, str], OfCommune]:
    """Dict (commune id, level) -> `OfCommune` of a month, by sex and ethnic group; one query
    whatever the number of communes. `before` stays empty.

    Args:
        commune_of: dict school id -> id of the commune it is counted in.
    """
    kinds = ("sex", "ethnic_group")
    by_school: dict[tuple[int, str], dict[int, Absences]] = defaultdict(dict)
    groups: dict[tuple[int, str], dict[str, dict[Any, Absences]]] = {}
    rows = SchoolMonth._default_manager.filter(month=month.first, school_id__in=commune_of)
    for school_id, level, sex, ethnic_group, *numbers in (
        rows.order_by()
        .values_list("school_id", "level", *kinds)
        .annotate(**{f"total_{name}": Sum(name) for name in NAMES})
    ):
        place, cell = (commune_of[school_id], level), Absences(*numbers)
        by_school[place][school_id] = by_school[place].get(school_id, Absences()) + cell
        of_place = groups.setdefault(place, {kind: {} for kind in kinds})
        for kind, code in zip(kinds, (sex, ethnic_group), strict=True):
            of_place[kind][code] = of_place[kind].get(code, Absences()) + cell
    return {
        place: OfCommune(
            Analysis(sum(schools.values(), Absences()), Absences(), groups[place]), schools
        )
        for place, schools in by_school.items()
    }
