"""The dated rule of overdue recommendations; its values live in `core.Rule`."""

import datetime

from django.utils.translation import gettext_lazy as _

from core import rules

ESCALATION_DAYS = "recommendations.escalation_days"


def declare_all() -> None:
    """Declare the rule; called once when the app is loaded."""
    rules.declare_theme("recommendations", _("Recommendations"), place=48)
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


def raised_before(on: datetime.date, days: int, level: int) -> datetime.date:
    """Recommendations due before this day are shown so many levels above the commune.

    Args:
        days: what `escalation_days` says.
    """
    return on - datetime.timedelta(days=days * level)


def levels_up(due_on: datetime.date, on: datetime.date, days: int, *, most: int) -> int:
    """How many levels above the commune an open recommendation is shown, at `most`."""
    return sum(due_on < raised_before(on, days, level) for level in range(1, most + 1))
