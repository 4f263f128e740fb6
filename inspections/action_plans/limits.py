"""The dated rules of tasks; their values live in `core.Rule`."""

import datetime

from django.utils.translation import gettext_lazy as _

from core import rules

ESCALATION_DAYS = "actions.escalation_days"


def declare_all() -> None:
    """Declare the rules; called once when the app is loaded."""
    rules.declare_theme("actions", _("Tasks"), place=50)
    rules.declare(
        ESCALATION_DAYS,
        meaning=_("Days after which an overdue task is shown to the level above"),
        unit=_("days"),
        first_value=10,
    )


def escalated_before(on: datetime.date) -> datetime.date:
    """Tasks due before this day are shown one level up on a day; one query."""
    return on - datetime.timedelta(days=int(rules.value(ESCALATION_DAYS, on=on)))
