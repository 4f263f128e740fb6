"""The dated rule of overdue recommendations; its values live in `core.Rule`."""

import datetime

from django.utils.translation import gettext_lazy as _

from core import rules

ESCALATION_DAYS = "recommendations.escalation_days"


def declare_all() -> None:
    """Declare the rule; called once when the app is loaded."""
    rules.declare(
        ESCALATION_DAYS,
        meaning=_(
            "Days after which an overdue recommendation is shown one level up, and after as many "
            "again to the level above that"
        ),
        unit=_("days"),
        first_value=10,
    )


def escalation_days(on: datetime.date) -> int:
    """The rule as it holds on a day; one query."""
    return int(rules.value(ESCALATION_DAYS, on=on))


def levels_up(days_late: int, days: int, *, most: int) -> int:
    """How many levels above the commune a recommendation so many days overdue is shown.

    Args:
        days: what `escalation_days` says.
        most: levels there are above the commune.
    """
    return sum(days_late > days * level for level in range(1, most + 1))
