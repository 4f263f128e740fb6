"""What people are notified of about children they follow; no letter names a child."""

from django.utils.translation import gettext_lazy as _

from core.notifications.kinds import Preference, declare

CASE_GIVEN = declare(
    "mobilisation.case_given",
    preference=Preference.REMINDERS,
    subject=_("A child to ask after"),
    body=_(
        "%(person)s asks you to follow a child in %(place)s until %(day)s. Sign in and open "
        "“Children followed” to see who it is."
    ),
)
