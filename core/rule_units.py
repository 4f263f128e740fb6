"""What the rules of `core.rules` are counted in, and which values make sense."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from .types import StrOrPromise


@dataclass(frozen=True)
class Unit:
    """The words of a unit; the least and greatest value, and the digits after the comma.

    `is_switch`: shown as yes and no.
    """

    words: StrOrPromise
    least: Decimal = Decimal(1)
    most: Decimal = Decimal(9999)
    digits: int = 0
    is_switch: bool = False

    def __str__(self) -> str:
        return str(self.words)


NOTHING, ALL = Decimal(0), Decimal(100)
AGE = Unit(_("years of age"), NOTHING, Decimal(120))
PERCENT = Unit(_("percent"), NOTHING, ALL)
PERCENTAGE_POINTS = Unit(_("percentage points"), NOTHING, ALL)
POINTS = Unit(_("points"), NOTHING)
DEGREES = Unit("°C", Decimal(-20), Decimal(40), digits=1)
HOUR_OF_DAY = Unit(_("hour of the day"), NOTHING, Decimal(24), digits=2)
DAY_OF_MONTH = Unit(_("day of the month"), Decimal(1), Decimal(31))
MONTH_OF_YEAR = Unit(_("month of the year, 0: none"), NOTHING, Decimal(12))
SWITCH = Unit(_("0 no, 1 yes"), NOTHING, Decimal(1), is_switch=True)
