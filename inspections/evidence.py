"""The figures behind a visit: what its flags knew, one line per indicator and education level."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.formatting import format_interval
from core.types import StrOrPromise
from reports.indicators import JUDGED, NAMED, place_of
from reports.models import Flag
from reports.selectors.flags import SEVERITY

from .ranking import pressure


@dataclass(frozen=True)
class Evidence:
    """Figures of one indicator and level as its flags were raised on them; shares are 0..1."""

    indicator: str
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
    def rate_words(self) -> StrOrPromise:
        """Head of the column of rates."""
        if self.indicator == JUDGED:
            return _("Attendance")
        return NAMED[self.indicator].name if self.indicator in NAMED else self.indicator

    @property
    def parts_words(self) -> StrOrPromise:
        """Head of the column that says what the rate is made of; short, for a phone."""
        if self.indicator == JUDGED:
            return _("Present / expected")
        return NAMED[self.indicator].unit if self.indicator in NAMED else ""

    @property
    def month(self) -> datetime.date:
        """First day of the month the figures are of."""
        return self.flags[0].month


def evidence_of(flags: Iterable[Flag]) -> list[Evidence]:
    """`Evidence` per indicator and level, the most pressing level first; empty without flags."""
    judged: dict[tuple[str, datetime.date, str], list[Flag]] = {}
    for flag in flags:
        judged.setdefault((flag.indicator, flag.month, flag.level), []).append(flag)
    groups = sorted(judged.values(), key=pressure)
    # A table for each indicator: what it counts stands in the heads of its columns.
    return [_evidence(group) for group in sorted(groups, key=lambda each: _place(each[0]))]


def _place(flag: Flag) -> tuple[int, str]:
    return place_of(flag.indicator), flag.indicator


def _evidence(group: Sequence[Flag]) -> Evidence:
    flags = tuple(sorted(group, key=lambda flag: SEVERITY.index(Flag.Rule(flag.rule))))
    first = flags[0]
    return Evidence(
        indicator=first.indicator,
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
