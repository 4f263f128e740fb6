"""The dated rules of the effect of visits; their values live in `core.Rule`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from django.utils.translation import gettext_lazy as _

from core import rules
from core.rule_units import PERCENT, Unit
from core.rules import RuleTable
from core.types import StrOrPromise
from reports import thresholds

_MONTHS = _("months")
_COMMUNES = _("communes")


@dataclass(frozen=True)
class Limits:
    """How long is looked at, and what is enough to say something.

    `before` and `after` are months with lessons; `least_months` of them must be known on either
    side. `most_alike` communes, and no fewer than `least_alike`, are compared with. A month of a
    commune counts from `least_coverage` percent of its registers and `least_pupils` on. A mean is
    told of from `least_visits` visits on.
    """

    before: int
    after: int
    least_months: int
    most_alike: int
    least_alike: int
    least_coverage: int
    least_visits: int
    least_pupils: int

    @classmethod
    def of(cls, table: RuleTable) -> Self:
        """The limits of a day."""
        own = {name: int(table[f"effect.{name}", ""]) for name in FIRST}
        return cls(**own, least_pupils=int(table[thresholds.MIN_PUPILS, ""]))


FIRST: dict[str, tuple[StrOrPromise, Unit | StrOrPromise, int]] = {
    "before": (_("Months with lessons before a visit that are looked at"), _MONTHS, 3),
    "after": (_("Months with lessons after a visit that are looked at"), _MONTHS, 3),
    "least_months": (_("Least months before and after a visit to say what it did"), _MONTHS, 2),
    "most_alike": (_("Unvisited communes a visited one is compared with, at most"), _COMMUNES, 60),
    "least_alike": (_("Unvisited communes to compare with, at least"), _COMMUNES, 15),
    "least_coverage": (
        _("Least share of the registers of a month to compare it"),
        PERCENT,
        70,
    ),
    "least_visits": (_("Least visits to say what followed them on average"), _("visits"), 5),
}


def declare_all() -> None:
    """Declare the rules; called once when the app is loaded."""
    rules.declare_theme("effect", _("What followed visits"), place=46)
    for name, (meaning, unit, first_value) in FIRST.items():
        rules.declare(f"effect.{name}", meaning=meaning, unit=unit, first_value=first_value)
    rules.declare_rising("effect.least_alike", "effect.most_alike")
