"""Signs that a register may not have been taken in the classroom.

Each is a fact to ask about, never a verdict: a small school may really be full for a month, and
a teacher without a network may send a week at one moment (what counts then is when the device
kept it). Pure: no queries, thresholds come in as dated rules.
"""

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from core.rules import RuleTable

from . import thresholds as t

FULL, AT_ONCE, COPIED, CLOSED = "full", "at_once", "copied", "closed"
KINDS = (CLOSED, AT_ONCE, COPIED, FULL)


@dataclass(frozen=True)
class Taken:
    """A register that was taken.

    `entered_at`: when the sender wrote it, by their device where that says so; `away`: ids of
    the pupils absent, excused or not; `is_due`: whether the calendar has this session.
    """

    date: datetime.date
    session: str
    roll: int
    entered_at: datetime.datetime
    away: frozenset[int] = frozenset()
    is_due: bool = True


# Who was away in each session of a day; what a run of days has in common.
Away: TypeAlias = tuple[frozenset[int], ...]
Told: TypeAlias = Callable[[Sequence[Taken]], Away | None]
Run: TypeAlias = tuple[list[datetime.date], Away]


@dataclass(frozen=True)
class Sign:
    """A sign and what it rests on: `count` days (sessions for CLOSED) from `first` to `last`."""

    kind: str
    count: int
    first: datetime.date
    last: datetime.date
    minutes: int = 0
    pupils: int = 0


def signs_of(
    registers: Sequence[Taken], table: RuleTable, level: str, *, since: datetime.date
) -> list[Sign]:
    """List of `Sign`s of one class, at most one of each kind, the longest.

    Args:
        registers: `Taken`s in the order of day and session; some from before `since`, so that
            a run may begin there.
        table: `core.rules.RuleTable`; level: the class's education level.
        since: first day of the time asked for; a sign must reach into it.
    """
    # What is said of pupils is said of sessions that count.
    held = [each for each in registers if each.is_due]
    found = [
        _closed([each for each in registers if not each.is_due and each.date >= since]),
        _at_once(
            [each for each in registers if each.date >= since],
            days=int(table[t.AT_ONCE_DAYS, level]),
            within=datetime.timedelta(minutes=int(table[t.AT_ONCE_MINUTES, level])),
        ),
        _longest(
            _runs(held, _copied_with(int(table[t.COPIED_PUPILS, level]))),
            COPIED,
            days=int(table[t.COPIED_DAYS, level]),
            since=since,
        ),
        _longest(
            _runs(held, _full_with(int(table[t.FULL_PUPILS, level]))),
            FULL,
            days=int(table[t.FULL_DAYS, level]),
            since=since,
        ),
    ]
    return [sign for sign in found if sign is not None]


def _closed(registers: Sequence[Taken]) -> Sign | None:
    if not registers:
        return None
    return Sign(CLOSED, len(registers), registers[0].date, registers[-1].date)


def _at_once(registers: Sequence[Taken], *, days: int, within: datetime.timedelta) -> Sign | None:
    """The most days whose registers were written within so short a time."""
    in_order = sorted(registers, key=lambda each: each.entered_at)
    best, first = None, 0
    for last, register in enumerate(in_order):
        while register.entered_at - in_order[first].entered_at > within:
            first += 1
        window = in_order[first : last + 1]
        dates = {each.date for each in window}
        if len(dates) >= max(days, best.count + 1 if best else 0):
            seconds = (register.entered_at - in_order[first].entered_at).total_seconds()
            best = Sign(
                AT_ONCE,
                len(dates),
                min(dates),
                max(dates),
                minutes=max(1, round(seconds / 60)),
            )
    return best


def _by_day(registers: Iterable[Taken]) -> list[tuple[datetime.date, list[Taken]]]:
    days: dict[datetime.date, list[Taken]] = {}
    for each in registers:
        days.setdefault(each.date, []).append(each)
    return sorted(days.items())


def _runs(registers: Iterable[Taken], told: Told) -> Iterator[Run]:
    """Runs of days of which `told` says the same thing; None from it ends a run."""
    run: list[datetime.date] = []
    before: Away | None = None
    for date, of_day in _by_day(registers):
        says = told(of_day)
        if says is None or says != before:
            if before is not None:
                yield run, before
            run = []
        if says is not None:
            run.append(date)
        before = says
    if before is not None:
        yield run, before


def _full_with(pupils: int) -> Told:
    def told(of_day: Sequence[Taken]) -> Away | None:
        is_full = all(each.roll >= pupils and not each.away for each in of_day)
        return () if is_full else None

    return told


def _copied_with(pupils: int) -> Told:
    def told(of_day: Sequence[Taken]) -> Away | None:
        away = tuple(each.away for each in of_day)
        return away if min(len(each) for each in away) >= pupils else None

    return told


def _longest(runs: Iterable[Run], kind: str, *, days: int, since: datetime.date) -> Sign | None:
    long = [(run, says) for run, says in runs if len(run) >= days and run[-1] >= since]
    if not long:
        return None
    run, says = max(long, key=lambda each: len(each[0]))
    return Sign(kind, len(run), run[0], run[-1], pupils=len(says[0]) if says else 0)
