"""Measures proposed for what the flags of a plan's area found, most pressing first.

A measure answers the flags of one commune, education level and indicator. Which one, is said by
the rules of `inspections/data/measures.toml`: the first that fits the flags and what explains the
absences most. The order is that of `inspections.ranking`: gravity, lower secondary before the
other levels, weight. The same figures always give the same list.
"""

import datetime
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from core import rules
from core.formatting import format_target
from core.levels import EducationLevel
from core.months import Month
from reports.absence_analysis.findings import UNIT, Explanation, Limits, explanations
from reports.absence_analysis.selectors import OfCommune, analyses_of_communes
from reports.absence_analysis.wording import told
from reports.indicators import JUDGED, NAMED
from reports.models import Flag
from reports.selectors.flags import SEVERITY
from schools.areas.selectors.tree import AreaTree, schools_in
from schools.models import Area, School

from ..models import ActionFlag, ActionItem, ActionPlan
from ..ranking import pressure
from .wordings import MEASURES

RULES = Path(__file__).parent.parent / "data" / "measures.toml"
ATTENDANCE, MOBILISATION = "attendance", "mobilisation"


@dataclass(frozen=True)
class Measure:
    """A rule of the file: what is proposed, for which flags and causes, within how many days."""

    code: str
    about: str
    days: int
    source: str
    rules: frozenset[str] = frozenset()
    cause: str = ""
    reasons: frozenset[str] = frozenset()

    def fits(self, about: str, flag_rules: set[str], cause: Explanation | None) -> bool:
        """Whether it is for such flags with such a cause."""
        if self.about != about or (self.rules and not self.rules & flag_rules):
            return False
        if not self.cause:
            return True
        if cause is None or cause.kind != self.cause:
            return False
        return not self.reasons or str(cause.what) in self.reasons


@dataclass(frozen=True)
class Proposal:
    """A measure for one commune, level and indicator; texts are Vietnamese, as in a plan.

    `key` names it in a form; it stays the same while its flags do.
    """

    key: str
    commune: Area
    level: str
    indicator: str
    flags: Sequence[Flag]
    measure: Measure
    what: str
    target: str
    target_value: Decimal | None
    reason: str
    school: School | None
    due_on: datetime.date


@cache
def measures() -> tuple[Measure, ...]:
    """The rules of the file, in its order. Raises KeyError for a code without wording."""
    with RULES.open("rb") as file:
        rows = tomllib.load(file)["measure"]
    return tuple(_measure(row) for row in rows)


def _measure(row: Mapping[str, Any]) -> Measure:
    MEASURES[row["code"]]  # said at once, not when it is first proposed
    return Measure(
        code=row["code"],
        about=row["about"],
        days=row["days"],
        source=row["source"],
        rules=frozenset(row.get("rules", ())),
        cause=row.get("cause", ""),
        reasons=frozenset(row.get("reasons", ())),
    )


def proposals_for(plan: ActionPlan, *, on: datetime.date) -> list[Proposal]:
    """Measures for the flags of the newest month in a plan's area, the most pressing first.

    Flags that a task answers are left out, and those of a commune, level and indicator for which
    an earlier task is still open. A fixed number of queries, at most eleven.

    Args:
        on: the day; its map says which communes lie in the area, its rules what explains.
    """
    # Whose days are over takes no new tasks, though nobody has ended it yet.
    groups = _groups(plan, on) if on <= plan.last_day else []
    if not groups:
        return []
    month = Month.of(groups[0][0].month)
    communes = {group[0].commune_id for group in groups}
    commune_of = schools_in(communes, on=on)
    found = analyses_of_communes(month=month, commune_of=commune_of)
    table = rules.table(on=month.first)
    named = {
        school.pk: school
        for school in School.objects.filter(
            pk__in={pk for each in found.values() for pk in each.schools}
        )
    }
    # A plan is an official text, whoever draws it up.
    with override("vi"):
        return [
            _proposal(plan, group, found.get(_place(group)), table, named, on) for group in groups
        ]


def _groups(plan: ActionPlan, on: datetime.date) -> list[list[Flag]]:
    """Flags not answered, one list for each commune, level and indicator, in order."""
    tree = AreaTree.on(on)
    below = tree.below(plan.area_id)
    flags = Flag.objects.filter(commune_id__in=below).exclude(state=Flag.State.WITHDRAWN)
    newest = flags.order_by("-month").values("month")[:1]
    at_work = set(
        ActionItem.objects.filter(area_id__in=below, state=ActionItem.State.OPEN)
        .exclude(measure="")
        .values_list("area_id", "level", "indicator")
    )
    answered = ActionFlag.objects.filter(flag__commune_id__in=below).values("flag_id")
    by_place: defaultdict[tuple[int, str, str], list[Flag]] = defaultdict(list)
    for flag in (
        flags.filter(month__in=newest)
        .exclude(pk__in=answered)
        .select_related("commune")
        .order_by("pk")
    ):
        by_place[flag.commune_id, flag.level, flag.indicator].append(flag)
    groups = [
        sorted(group, key=lambda flag: SEVERITY.index(Flag.Rule(flag.rule)))
        for place, group in by_place.items()
        if place not in at_work
    ]
    return sorted(
        groups,
        key=lambda group: (pressure(group), group[0].commune.name_key, group[0].commune.code),
    )


def _place(group: Sequence[Flag]) -> tuple[int, str]:
    return group[0].commune_id, group[0].level


def _proposal(
    plan: ActionPlan,
    group: Sequence[Flag],
    absences: OfCommune | None,
    table: rules.RuleTable,
    named: Mapping[int, School],
    on: datetime.date,
) -> Proposal:
    first = group[0]
    about = ATTENDANCE if first.indicator == JUDGED else MOBILISATION
    cause = _cause(absences, table, first.level) if about == ATTENDANCE else None
    met = {flag.rule for flag in group}
    measure = next(each for each in measures() if each.fits(about, met, cause))
    # What a rule does not ask for explains nothing of it.
    cause = cause if measure.cause else None
    school = named[cause.what] if cause is not None and cause.kind == UNIT else None
    place = school.name if school is not None else first.commune.title
    day = max(on, plan.valid_from) + datetime.timedelta(days=measure.days)
    return Proposal(
        key=f"{first.commune_id}-{first.level}-{first.indicator}",
        commune=first.commune,
        level=first.level,
        indicator=first.indicator,
        flags=tuple(group),
        measure=measure,
        what=str(MEASURES[measure.code])
        % {"place": place, "level": EducationLevel(first.level).label},
        target=_target(first),
        target_value=None if _is_unknown(first) else first.target,
        reason=_reason(group, cause, absences, named),
        school=school,
        due_on=min(day, plan.last_day),
    )


def _cause(absences: OfCommune | None, table: rules.RuleTable, level: str) -> Explanation | None:
    """What explains the absences most; of a school, its id stands for its name."""
    if absences is None:
        return None
    units = list(absences.schools.items()) if len(absences.schools) > 1 else []
    found = explanations(
        absences.found,
        Limits.of(table, level),
        units,  # type: ignore[arg-type]  # told by id
    )
    return found[0] if found else None


def _is_unknown(flag: Flag) -> bool:
    """Whether nothing is known of the rate: the measure is to know it, not to raise it."""
    return flag.rule == Flag.Rule.CANNOT_BE_JUDGED


def _target(flag: Flag) -> str:
    if flag.target is None or _is_unknown(flag):
        return ""
    named = NAMED.get(flag.indicator)
    name = str(named.name) if named is not None else flag.indicator
    better = named is None or named.higher_is_better
    wording = (
        _("%(indicator)s: %(target)s at least")
        if better
        else _("%(indicator)s: %(target)s at most")
    )
    return wording % {"indicator": name, "target": format_target(float(flag.target) / 100)}


def _reason(
    group: Sequence[Flag],
    cause: Explanation | None,
    absences: OfCommune | None,
    named: Mapping[int, School],
) -> str:
    """One sentence: what the gravest flag found, and what explains it."""
    said = group[0].reason.rstrip(".")
    if cause is None or absences is None:
        return f"{said}."
    if cause.kind == UNIT:
        cause = Explanation(
            cause.kind, cause.share, named[cause.what].name, cause.rate, cause.others
        )
    return f"{said}; {told(cause, absences.found.total)}."
