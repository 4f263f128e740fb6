"""Raising the flags of a month from its figures, and every change of a flag's state."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from core import rules
from core.events import record
from core.months import Month
from core.rules import RuleTable
from core.types import User
from schools.selectors.areas import AreaTree

from .. import events, flagging, thresholds
from ..models import Flag
from ..selectors.figures import figures
from ..selectors.targets import TargetTable

# A row of months under the target is looked for over one year, not farther.
LOOK_BACK = 12
# The one that is judged so far; its flags say it, beside those of others to come.
INDICATOR = "attendance"
CONTENT = (
    "numerator",
    "denominator",
    "low",
    "high",
    "target",
    "registers_taken",
    "registers_due",
    "reason",
)


class FlagKey(NamedTuple):
    """What makes a flag of a month."""

    commune_id: int
    level: str
    indicator: str
    rule: str


# The fields of CONTENT.
FlagContent: TypeAlias = dict[str, int | float | Decimal | str | None]


@dataclass(frozen=True)
class Move:
    """A change of a flag's state: to which, and from which it is allowed."""

    to: Flag.State
    sources: frozenset[Flag.State]

    def may_begin(self, flag: Flag) -> bool:
        """Whether the flag is in a state from which this is allowed."""
        return flag.state in self.sources


_S = Flag.State
PLAN = Move(_S.PLANNED, frozenset({_S.OPEN}))
REOPEN = Move(_S.OPEN, frozenset({_S.PLANNED}))
VISIT = Move(_S.VISITED, frozenset({_S.OPEN, _S.PLANNED}))
WITHDRAW = Move(_S.WITHDRAWN, frozenset({_S.OPEN}))
RAISE_AGAIN = Move(_S.OPEN, frozenset({_S.WITHDRAWN}))


class IllegalMove(ValueError):
    """A flag was to change to a state that cannot follow the one it is in."""


@transaction.atomic
def mark_planned(*, flag_ids: Collection[int]) -> None:
    """Open flags are from now on in an approved plan. Raises IllegalMove: one is not open."""
    _move(PLAN, flag_ids)


@transaction.atomic
def reopen(*, flag_ids: Collection[int]) -> None:
    """Flags of a plan are open again. Raises IllegalMove: one is in no plan."""
    _move(REOPEN, flag_ids)


@transaction.atomic
def mark_visited(*, flag_ids: Collection[int]) -> None:
    """The visit was made. Raises IllegalMove: a flag is withdrawn, or visited already."""
    _move(VISIT, flag_ids)


def flags_that_may(move: Move, flag_ids: Collection[int]) -> list[int]:
    """Those of some flags for which a move is allowed, as ids, locked until the transaction ends.

    A plan or visit may rest on flags that were withdrawn or visited meanwhile: who moves the
    others asks here first.
    """
    return [flag.pk for flag in _locked(flag_ids) if move.may_begin(flag)]


def _move(move: Move, flag_ids: Collection[int]) -> None:
    flags = _locked(flag_ids)
    for flag in flags:
        _check(flag, move)
    moved = Flag.objects.filter(pk__in=[flag.pk for flag in flags])
    moved.update(state=move.to, updated_at=timezone.now())


def _check(flag: Flag, move: Move) -> None:
    """Raise IllegalMove when the flag is in no state from which a move is allowed."""
    if not move.may_begin(flag):
        raise IllegalMove(f"flag {flag.pk} is {flag.state} and cannot become {move.to.value}")


def _locked(flag_ids: Collection[int]) -> list[Flag]:
    # In one order everywhere: two writers wait for each other and never deadlock.
    return list(Flag.objects.select_for_update().filter(pk__in=flag_ids).order_by("pk"))


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

    A month with fewer days of registers than `reports.min_days` says nothing yet. Months
    before are put on this month's map. Raising again updates figures and sentence; a flag no
    longer met is withdrawn, one met again is opened again. A flag in a plan or visited keeps
    its state, and its sentence when it is no longer met. `by` None is the nightly job.

    Returns a dict of counts: raised, updated, withdrawn, and how often each rule is met.
    """
    with override("vi"):
        met = dict(_met(month))
    counts = _write(month, met)
    for rule in Flag.Rule:
        counts[rule.value] = sum(key.rule == rule for key in met)
    changes = {name: (None, count) for name, count in counts.items()}
    record(events.FLAGS_RAISED, by=by, name=month.label, changes=changes)
    return counts


def _met(month: Month) -> Iterator[tuple[FlagKey, FlagContent]]:
    """(`FlagKey`, dict of the flag's content) of every rule met."""
    tree = AreaTree.on(month.first)
    months = month.last_months(LOOK_BACK)
    by = ("commune", "level")
    counted = figures(months=months[:-1], by=by, map_date=month.first) | figures(
        months=[month], by=by
    )
    in_force = rules.table(on=month.last)
    targets_on = TargetTable.on_each([each.last for each in months])
    now = sorted(key for key, counted_month in counted if counted_month == month)
    for commune_id, level in now:
        chain = [area.pk for area in tree.ancestors(commune_id)][::-1]
        if not chain:
            # The school came into this commune later in the month, when it was founded.
            continue
        limits = _thresholds(in_force, level)
        history = {
            each: flagging.judge(
                counted[(commune_id, level), each],
                target=targets_on[each.last].share(INDICATOR, level, chain),
                coverage_target=targets_on[each.last].share("coverage", level, chain),
                thresholds=limits,
            )
            for each in months
            if ((commune_id, level), each) in counted
        }
        found = flagging.rules_met(history, month, limits)
        target = targets_on[month.last].percent(INDICATOR, level, chain)
        for rule, text in found.items():
            reason = flagging.sentence(
                commune=tree.get(commune_id).title, level=level, month=month, text=text
            )
            key = FlagKey(commune_id, level, INDICATOR, rule)
            yield key, _content(history[month], target, reason)


def _thresholds(table: RuleTable, level: str) -> flagging.Thresholds:
    return flagging.Thresholds(
        min_pupils=int(table[thresholds.MIN_PUPILS, level]),
        min_days=int(table[thresholds.MIN_DAYS, level]),
        falling_points=float(table[thresholds.FALLING_POINTS, level]),
        persistent_months=int(table[thresholds.PERSISTENT_MONTHS, level]),
    )


def _content(verdict: flagging.Verdict, target: Decimal | None, reason: str) -> FlagContent:
    return {
        "numerator": verdict.rate.numerator,
        "denominator": verdict.rate.denominator,
        "low": verdict.rate.low,
        "high": verdict.rate.high,
        "target": target,
        "registers_taken": verdict.figures.taken,
        "registers_due": verdict.figures.due,
        "reason": reason,
    }


def _write(month: Month, met: Mapping[FlagKey, FlagContent]) -> dict[str, int]:
    there = {
        FlagKey(flag.commune_id, flag.level, flag.indicator, flag.rule): flag
        for flag in Flag.objects.select_for_update()
        .filter(month=month.first, indicator=INDICATOR)
        .order_by("pk")
    }
    changed, withdrawn = [], []
    for key, flag in there.items():
        if key in met:
            state = RAISE_AGAIN.to if RAISE_AGAIN.may_begin(flag) else flag.state
            wanted = met[key] | {"state": state}
            if any(getattr(flag, name) != value for name, value in wanted.items()):
                changed.append(_with(flag, wanted))
        elif WITHDRAW.may_begin(flag):
            withdrawn.append(_with(flag, {"state": WITHDRAW.to}))
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
    for flag in (*changed, *withdrawn):
        flag.save(update_fields=[*CONTENT, "state", "updated_at"])
    return {"raised": len(new), "updated": len(changed), "withdrawn": len(withdrawn)}


def _with(flag: Flag, values: Mapping[str, object]) -> Flag:
    for name, value in values.items():
        setattr(flag, name, value)
    return flag
