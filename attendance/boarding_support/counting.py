"""Which months of a pupil are supported: pure, from days studied and days nobody knows of.

Three-valued, as everything that rests on registers: a day without a register is not a day absent.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from core.months import Month


class Verdict(StrEnum):
    """What is known of a month of a semi-boarder."""

    COUNTS = "counts"
    OVER = "over"
    OPEN = "open"
    NOT_STUDIED = "not_studied"


@dataclass
class Days:
    """Days of a month on which a pupil was a semi-boarder on a roll and school was held.

    Attributes:
        studied: a register says that the pupil was there, in one session at least.
        absent: registers of all sessions that were due say that the pupil was not.
        unknown: neither; a register is missing.
    """

    studied: list[datetime.date] = field(default_factory=list)
    absent: list[datetime.date] = field(default_factory=list)
    unknown: list[datetime.date] = field(default_factory=list)


@dataclass(frozen=True)
class PupilMonth:
    """A month of a pupil: `number` is its place among the months that count, 1 for the first."""

    month: Month
    days: Days
    verdict: Verdict
    number: int | None = None

    @property
    def is_paid(self) -> bool:
        """Whether rice and money are given for it."""
        return self.verdict == Verdict.COUNTS


def judge_months(
    months: Mapping[Month, Days],
    *,
    least_days: Mapping[Month, int],
    most: int,
    running: Month | None,
) -> list[PupilMonth]:
    """The months of a pupil in one school year, in order.

    Args:
        least_days: days studied that make a month count, by month.
        most: months that are supported at most; the first ones that count are.
        running: the month that is not over; while it lacks days it is open, not lost.
    """
    found, counted = [], 0
    for month in sorted(months):
        days, least = months[month], least_days[month]
        if len(days.studied) >= least:
            counted += 1
            verdict = Verdict.COUNTS if counted <= most else Verdict.OVER
            found.append(PupilMonth(month, days, verdict, counted))
        elif len(days.studied) + len(days.unknown) >= least or month == running:
            found.append(PupilMonth(month, days, Verdict.OPEN))
        else:
            found.append(PupilMonth(month, days, Verdict.NOT_STUDIED))
    return found


def day_numbers(days: Sequence[datetime.date]) -> str:
    """Days of one month in short: "2–6, 9, 11"; runs of neighbours joined."""
    runs: list[list[int]] = []
    for number in sorted(each.day for each in days):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
