"""What people are notified of about inspections; no letter names a child."""

from django.utils.translation import gettext_lazy as _

from core.notifications.kinds import Preference, declare

DAY_MOVED = declare(
    "inspections.day_moved",
    preference=Preference.REMINDERS,
    subject=_("An inspection comes on another day"),
    body=_(
        "The inspection of %(commune)s planned for %(before)s comes on %(day)s. Sign in and open "
        "“Inspections here” for the rest."
    ),
)

RECOMMENDATIONS_OVERDUE = declare(
    "inspections.recommendations_overdue",
    preference=Preference.REMINDERS,
    subject=_("Recommendations of inspections overdue for too long"),
    body=_(
        "%(place)s: %(count)s recommendations of inspections to communes below are newly overdue "
        "for too long (the rule is %(days)s days for each level). Sign in and open "
        "“Recommendations followed” to see which."
    ),
)
