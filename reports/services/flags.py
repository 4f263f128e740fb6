"""Raising the flags of a month from its figures, and every change of a flag's state."""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from django.db import transaction
from django.utils import timezone

from core import rules
from core.events import record
from core.months import Month
from core.types import JSON, User
from core.workflow import Transition
from mobilisation.rates import selectors as mobilised
from mobilisation.rates.variants import VARIANTS
from schools.areas.selectors.tree import AreaTree

from .. import events, flagging, thresholds
from ..findings import Finding
from ..indicators import JUDGED
from ..models import Flag
from ..models.flags import FLAGS, PLAN, RAISE_AGAIN, REOPEN, VISIT, WITHDRAW
from ..selectors.figures import figures
from ..selectors.targets import TargetTable

# A row of months under the target is looked for over one year, not farther.
LOOK_BACK = 12
CONTENT = (
    "numerator",
    "denominator",
    "low",
    "high",
    "target",
    "registers_taken",
    "registers_due",
    "finding",
)


class FlagKey(NamedTuple):
    """What makes a flag of a month."""

    commune_id: int
    level: str
    indicator: str
    rule: str


# The fields of CONTENT.
FlagContent: TypeAlias = dict[str, JSON | Decimal]


def mark_planned(*, flag_ids: Iterable[int]) -> list[int]:
    """Those of some flags that are open are from now on in an approved plan; returns their ids.

    A plan may rest on flags that were withdrawn or visited meanwhile: they stay as they are.
    """
    return _change(PLAN, flag_ids)


def reopen(*, flag_ids: Iterable[int]) -> list[int]:
    """Those of some flags that are in a plan are open again; returns their ids."""
    return _change(REOPEN, flag_ids)


def mark_visited(*, flag_ids: Iterable[int]) -> list[int]:
    """The visit was made: those open or in a plan are visited; returns their ids."""
    return _change(VISIT, flag_ids)


@transaction.atomic
def _change(transition: Transition[Flag], flag_ids: Iterable[int]) -> list[int]:
    return [flag.pk for flag in _change_those_allowed(transition, FLAGS.locked(pk__in=flag_ids))]


def _change_those_allowed(transition: Transition[Flag], flags: Iterable[Flag]) -> list[Flag]:
    return FLAGS.change_those_allowed(transition, flags, by=None, updated_at=timezone.now())


@transaction.atomic
def raise_flags(*, month: Month, by: User | None = None) -> dict[str, int]:
    """Raise the flags of a month anew, per commune × education level of that month's map.

    Rules, with the thresholds of the month (`core.rules`) and the targets of each month:

    - cannot be judged: coverage under its own target, or no register at all; then none of
      the following;
    - certainly low: the whole 95 % interval of the attendance rate under the target;
    - watch: only the rate itself, or fewer pupils than `reports.min_pupils`;
    - falling: at least `reports.falling_points` under the month before, and by more than
      chance explains (`flagging.falls`);
    - persistent: under the target in `reports.persistent_months` judged months in a row, this
      one included.

    The mobilisation rates that have a target are judged by the same rules, each under its own
    code and at the level whose offices answer for it; they cannot be judged while too few
    children of the survey are matched with the rolls (`reports.min_found`).

    A month with fewer days of registers than `reports.min_days` says nothing yet. Months
    before are put on this month's map. Raising again updates figures and sentence; a flag no
    longer met is withdrawn, one met again is opened again. A flag in a plan or visited keeps
    its state, and its sentence when it is no longer met. `by` None is the nightly job.

    Returns a dict of counts: raised, updated, withdrawn, and how often each rule is met.
    """
    months = month.last_months(LOOK_BACK)
    targets_on = TargetTable.on_each([each.last for each in months])
    met = dict(_met(months, targets_on)) | dict(_met_by_mobilisation(months, targets_on))
    counts = _write(month, met)
    for rule in Flag.Rule:
        counts[rule.value] = sum(key.rule == rule for key in met)
    changes = {name: (None, count) for name, count in counts.items()}
    record(events.FLAGS_RAISED, by=by, name=month.label, changes=changes)
    return counts


TargetsOn: TypeAlias = Mapping[datetime.date, TargetTable]


def _met(months: Sequence[Month], targets_on: TargetsOn) -> Iterator[tuple[FlagKey, FlagContent]]:
    """(`FlagKey`, dict of the flag's content) of every rule met."""
    month = months[-1]
    tree = AreaTree.on(month.first)
    by = ("commune", "level")
    counted = figures(months=months[:-1], by=by, map_date=month.first) | figures(
        months=[month], by=by
    )
    in_force = rules.table(on=month.last)
    now = sorted(key for key, counted_month in counted if counted_month == month)
    for commune_id, level in now:
        chain = [area.pk for area in tree.ancestors(commune_id)][::-1]
        if not chain:
            # The school came into this commune later in the month, when it was founded.
            continue
        limits = flagging.Thresholds.of(in_force, level)
        history = {
            each: flagging.judge(
                counted[(commune_id, level), each],
                target=targets_on[each.last].share(JUDGED, level, chain),
                coverage_target=targets_on[each.last].share("coverage", level, chain),
                thresholds=limits,
            )
            for each in months
            if ((commune_id, level), each) in counted
        }
        found = flagging.rules_met(history, month, limits)
        target = targets_on[month.last].percent(JUDGED, level, chain)
        for rule, finding in found.items():
            key = FlagKey(commune_id, level, JUDGED, rule)
            yield key, _content(history[month], target, finding)


def _met_by_mobilisation(
    months: Sequence[Month], targets_on: TargetsOn
) -> Iterator[tuple[FlagKey, FlagContent]]:
    """The same of the mobilisation rates, of communes with a survey."""
    month = months[-1]
    aimed_at = [code for code in VARIANTS if targets_on[month.last].has(code)]
    if not aimed_at:
        return
    tree, today, counted = AreaTree.on(month.first), timezone.localdate(), {}
    for each in months:
        of_month = mobilised.day_of(each, today=today)
        if of_month is not None:
            day, year = of_month
            counted[each] = mobilised.count(
                tree.communes(), day=day, year=year, map_date=month.first
            )
    in_force = rules.table(on=month.last)
    least_found = float(in_force[thresholds.MIN_FOUND, ""]) / 100
    for commune_id in sorted(counted[month].survey_years if month in counted else ()):
        chain = [area.pk for area in tree.ancestors(commune_id)][::-1]
        for code in aimed_at:
            level = VARIANTS[code].level
            limits = flagging.Thresholds.of(in_force, level)
            history = {
                each: flagging.judge_mobilised(
                    found.by_commune[commune_id][code],
                    target=targets_on[each.last].share(code, level, chain),
                    least_found=least_found,
                    thresholds=limits,
                )
                for each, found in counted.items()
                if commune_id in found.survey_years
            }
            target = targets_on[month.last].percent(code, level, chain)
            for rule, finding in flagging.rules_met(history, month, limits).items():
                told = flagging.of_mobilisation(finding, code)
                yield FlagKey(commune_id, level, code, rule), _content(history[month], target, told)


def _content(verdict: flagging.Verdict, target: Decimal | None, finding: Finding) -> FlagContent:
    return {
        "numerator": verdict.rate.numerator,
        "denominator": verdict.rate.denominator,
        "low": verdict.rate.low,
        "high": verdict.rate.high,
        "target": target,
        "registers_taken": verdict.figures.taken,
        "registers_due": verdict.figures.due,
        "finding": finding.as_json(),
    }


def _write(month: Month, met: Mapping[FlagKey, FlagContent]) -> dict[str, int]:
    there = {
        FlagKey(flag.commune_id, flag.level, flag.indicator, flag.rule): flag
        for flag in FLAGS.locked(month=month.first, indicator__in=[JUDGED, *VARIANTS])
    }
    again = [flag for key, flag in there.items() if key in met]
    gone = [flag for key, flag in there.items() if key not in met]
    updated = {flag.pk for flag in _change_those_allowed(RAISE_AGAIN, again)}
    withdrawn = _change_those_allowed(WITHDRAW, gone)
    for key, flag in there.items():
        changed = {
            name: value for name, value in met.get(key, {}).items() if getattr(flag, name) != value
        }
        if changed:
            vars(flag).update(changed)
            flag.save(update_fields=[*changed, "updated_at"])
            updated.add(flag.pk)
    new = [
        Flag(month=month.first, **key._asdict(), **content)
        for key, content in met.items()
        if key not in there
    ]
    Flag.objects.bulk_create(
        new,
        update_conflicts=True,
        unique_fields=["commune", "level", "month", "indicator", "rule"],
        update_fields=CONTENT,
    )
    return {"raised": len(new), "updated": len(updated), "withdrawn": len(withdrawn)}
