"""What people are notified of about accounts, and who wants no reminders."""

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from core.notifications.kinds import Preference, declare

from .models import User

# Nobody refuses these: they are how a person learns of what they did not do.
EMERGENCY_OPENED = declare(
    "accounts.emergency_opened",
    subject=_("Emergency access opened"),
    body=_(
        "%(person)s, system administrator, opened emergency access to %(school)s at %(from)s, until"
        " %(until)s. Reason given: %(reason)s"
    ),
)
FACTORS_RESET = declare(
    "accounts.factors_reset",
    subject=_("Second step of the sign-in removed"),
    body=_(
        "At %(time)s an administrator removed the second step of your sign-in. "
        "If you did not ask for it, change your password now and tell the administrator."
    ),
)


def who_refuses(preference: Preference, user_ids: Collection[int]) -> set[int]:
    """Who of these people wants no such notifications (`core.notifications`); one query."""
    if preference != Preference.REMINDERS:
        return set()
    refusing = User.objects.filter(pk__in=user_ids, wants_reminders=False)
    return set(refusing.values_list("pk", flat=True))
