"""Which month a page shows, which others may be chosen, and what it is compared with.

Only months in which some school year runs are offered: nobody is led through an empty summer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from core.months import Month

from ..models import SchoolYear

YEARS_OFFERED = 6


class Versus(StrEnum):
    """What a month is compared with: the month of school before, or the same month last year."""

    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True)
class YearMonths:
    """The months of a school year that may be chosen, oldest first."""

    code: str
    months: Sequence[Month]


@dataclass(frozen=True)
class Period:
    """A month among those of some school years (newest first), and its comparison."""

    month: Month
    years: Sequence[YearMonths]
    versus: Versus = Versus.MONTH

    @property
    def year(self) -> YearMonths | None:
        """The school year of the month; of a month in summer the one that ended before it."""
        return next((year for year in self.years if year.months[0] <= self.month), None)

    @cached_property
    def held(self) -> list[Month]:
        """Every month that may be chosen, oldest first."""
        return sorted({month for year in self.years for month in year.months})

    @property
    def before(self) -> Month | None:
        """The month of school before the one shown."""
        return max((month for month in self.held if month < self.month), default=None)

    @property
    def after(self) -> Month | None:
        """The month of school after the one shown."""
        return min((month for month in self.held if month > self.month), default=None)

    def compared(self, versus: Versus | None = None) -> Month:
        """The month it is compared with; without school before it, the calendar's."""
        if (versus or self.versus) == Versus.YEAR:
            return self.month.plus(-12)
        return self.before or self.month.plus(-1)


def asked_period(query: Mapping[str, str]) -> Period:
    """The period of an address: `month` as YYYY-MM and `versus`; one query.

    Without a month, or with a wrong one, it is the newest month of school up to now. A month to
    come is the present one.
    """
    now = Month.current()
    years = [
        YearMonths(year.code, [month for month in _months_of(year) if month <= now])
        for year in SchoolYear.objects.filter(valid_from__lt=now.end).order_by("-valid_from")[
            :YEARS_OFFERED
        ]
    ]
    newest = years[0].months[-1] if years else now
    try:
        month = min(Month.parse(query.get("month", "")), now)
    except ValueError:
        month = newest
    versus = Versus.YEAR if query.get("versus") == Versus.YEAR else Versus.MONTH
    return Period(month, years, versus)


def period_of_year(year: SchoolYear, month: Month) -> Period:
    """A month among all months of one school year, those to come too; no query."""
    return Period(month, [YearMonths(year.code, _months_of(year))])


def _months_of(year: SchoolYear) -> list[Month]:
    return Month.of(year.last_day).since(Month.of(year.valid_from))
