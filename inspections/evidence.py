"""The figures behind a visit: what its flags knew, one line per education level."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.formatting import format_interval
from reports.models import Flag

from .ranking import TOLD_FIRST, pressure


@dataclass(frozen=True)
class Evidence:
    """Figures of one level as they stood when its flags were raised; shares are 0..1."""

    level: str
    flags: tuple[Flag, ...]
    numerator: int
    denominator: int
    rate: float | None
    low: float | None
    high: float | None
    target: float | None
    registers_taken: int
    registers_due: int
    coverage: float | None

    @property
    def interval(self) -> str:
        """The 95 % interval in words, for example "91,8–93,4%"."""
        return format_interval(self.low, self.high)

    @property
    def month(self) -> datetime.date:
        """First day of the month the figures are of."""
        return self.flags[0].month


def evidence_of(flags: Iterable[Flag]) -> list[Evidence]:
    """`Evidence` per level, the most pressing first; empty without flags."""
    levels: dict[tuple[datetime.date, str], list[Flag]] = {}
    for flag in flags:
        levels.setdefault((flag.month, flag.level), []).append(flag)
    return [_evidence(group) for group in sorted(levels.values(), key=pressure)]


def _evidence(group: Sequence[Flag]) -> Evidence:
    flags = tuple(sorted(group, key=lambda flag: TOLD_FIRST.index(Flag.Rule(flag.rule))))
    first = flags[0]
    return Evidence(
        level=first.level,
        flags=flags,
        numerator=first.numerator,
        denominator=first.denominator,
        rate=first.numerator / first.denominator if first.denominator else None,
        low=first.low,
        high=first.high,
        target=None if first.target is None else float(first.target) / 100,
        registers_taken=first.registers_taken,
        registers_due=first.registers_due,
        coverage=first.registers_taken / first.registers_due if first.registers_due else None,
    )
