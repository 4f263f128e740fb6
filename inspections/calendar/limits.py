"""The dated rule of calendars; its value lives in `core.Rule`."""

from django.utils.translation import gettext_lazy as _

from core import rules

READINGS = "calendar.readings"


def declare_all() -> None:
    """Declare the rule; called once when the app is loaded."""
    rules.declare(
        READINGS,
        meaning=_("How often a calendar address may be read in a quarter of an hour"),
        unit=_("times"),
        first_value=60,
        theme="core",
    )
