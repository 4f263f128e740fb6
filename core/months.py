"""The calendar month as a value, because every figure of this product belongs to one."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Self

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.dates import check_day


@dataclass(frozen=True, order=True)
class Month:
    """One calendar month; stored in the database as its first day."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not (1800 <= self.year <= 2200 and 1 <= self.number <= 12):
            raise ValueError(_("A month is written YYYY-MM, for example 2026-10."))

    @classmethod
    def of(cls, date: datetime.date) -> Self:
        """The month that contains `date`."""
        return cls(date.year, date.month)

    @classmethod
    def current(cls) -> Self:
        """The month of today at the server's place."""
        return cls.of(timezone.localdate())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Month from "2026-10"; raises ValueError with a sentence for the user."""
        match = re.fullmatch(r"(\d{4})-(\d{2})", str(text).strip())
        if not match:
            raise ValueError(_("A month is written YYYY-MM, for example 2026-10."))
        month = cls(int(match[1]), int(match[2]))
        # Further off lies only what is reckoned from such a month: years before and after.
        check_day(month.first)
        return month

    @property
    def first(self) -> datetime.date:
        """First day; also the value stored in `month` columns."""
        return datetime.date(self.year, self.number, 1)

    @property
    def end(self) -> datetime.date:
        """First day of the next month: the half-open end."""
        return self.plus(1).first

    @property
    def last(self) -> datetime.date:
        """Last day."""
        return self.end - datetime.timedelta(days=1)

    def plus(self, months: int) -> Month:
        """The month `months` later (earlier when negative)."""
        index = self.year * 12 + self.number - 1 + months
        return Month(index // 12, index % 12 + 1)

    def since(self, other: Month) -> list[Month]:
        """Months from `other` to this one, both included, oldest first."""
        months = []
        month = other
        while month <= self:
            months.append(month)
            month = month.plus(1)
        return months

    def last_months(self, count: int) -> list[Month]:
        """The `count` months that end with this one, oldest first."""
        return self.since(self.plus(1 - count))

    def days(self) -> list[datetime.date]:
        """Every date of the month."""
        return [
            self.first + datetime.timedelta(days=n) for n in range((self.end - self.first).days)
        ]

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def label(self) -> str:
        """How a person reads it: 11/2026."""
        return f"{self.number:02d}/{self.year}"
