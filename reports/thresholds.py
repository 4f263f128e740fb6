"""The dated rules by which figures are judged; their values live in `schools.Rule`."""

from django.utils.translation import gettext_lazy as _

from schools import rules

MIN_PUPILS = "reports.min_pupils"
MIN_DAYS = "reports.min_days"
PERSISTENT_MONTHS = "reports.persistent_months"
FALLING_POINTS = "reports.falling_points"
FILE_DAYS = "reports.file_days"


def declare_all():
    """Declare the rules of this app; called once when it is loaded."""
    rules.declare(
        MIN_PUPILS,
        meaning=_("Fewest pupils for a figure to be ranked or called certainly low"),
        unit=_("pupils"),
        first_value=30,
    )
    rules.declare(
        MIN_DAYS,
        meaning=_("Fewest days with registers for a figure to be ranked or called certainly low"),
        unit=_("days"),
        first_value=10,
    )
    rules.declare(
        PERSISTENT_MONTHS,
        meaning=_("Months under the target in a row that make it persistent"),
        unit=_("months"),
        first_value=3,
    )
    rules.declare(
        FALLING_POINTS,
        meaning=_("Fall against the month before that raises a flag"),
        unit=_("percentage points"),
        first_value=2,
    )
    rules.declare(
        FILE_DAYS,
        meaning=_("Days a report file is kept"),
        unit=_("days"),
        first_value=30,
    )
