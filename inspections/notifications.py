"""What people are notified of about inspections; the commune reads the rest after signing in."""

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
