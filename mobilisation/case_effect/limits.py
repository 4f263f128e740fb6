"""The dated rules of the effect of cases; their values live in `core.Rule`."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Self

from django.utils.translation import gettext_lazy as _

from core import rules
from core.rule_units import PERCENTAGE_POINTS, Unit
from core.types import StrOrPromise

# As figures that are published: of one to four children no rate is told, it is nearly a name.
LEAST_TOLD = 5


@dataclass(frozen=True)
class Limits:
    """How long is looked at, who is similar, and what is enough to say something.

    `days` are school days on either side of the opening; `farthest` is in percentage points.
    """

    days: int
    most_alike: int
    least_alike: int
    farthest: int
    least_cases: int
    least_schools: int

    @classmethod
    def on(cls, day: datetime.date) -> Self:
        """The limits of a day."""
        table = rules.table(on=day)
        return cls(**{name: int(table[f"case_effect.{name}", ""]) for name in FIRST})

    @property
    def recent_days(self) -> int:
        """The last days before, which a case is opened by."""
        return max(1, self.days // 4)

    @property
    def least_sessions(self) -> int:
        """Sessions on either side with fewer of which a child is not compared."""
        return max(1, self.days // 2)


FIRST: dict[str, tuple[StrOrPromise, Unit | StrOrPromise, int]] = {
    "days": (_("School days before and after a case was opened that are compared"), _("days"), 20),
    "most_alike": (_("Similar children a followed child is compared with"), _("pupils"), 40),
    "least_alike": (_("Least similar children to compare a followed child with"), _("pupils"), 15),
    "farthest": (
        _("By how much the attendance before of similar children may differ"),
        PERCENTAGE_POINTS,
        10,
    ),
    "least_cases": (_("Least cases to say whether following helped"), _("cases"), 20),
    "least_schools": (
        _("Least schools with cases to say whether following helped"),
        _("schools"),
        10,
    ),
}


def declare_all() -> None:
    """Declare the rules; called once when the app is loaded."""
    rules.declare_theme("case_effect", _("Whether following children helped"), place=35)
    for name, (meaning, unit, first_value) in FIRST.items():
        rules.declare(
            f"case_effect.{name}",
            meaning=meaning,
            unit=unit,
            first_value=first_value,
            source=_("Ours: the province has to confirm it."),
        )
    rules.declare_rising("case_effect.least_alike", "case_effect.most_alike")
