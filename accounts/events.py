"""What is decided and happens at the door; each leaves an event (`core.events`)."""

from django.utils.translation import gettext_lazy as _

from core.events import declare

SIGNED_IN = declare("account.signed_in", _("Signed in"))
SIGN_IN_FAILED = declare("account.sign_in_failed", _("Wrong password or code"))
LOCKED = declare("account.locked", _("Locked after wrong passwords or codes"))
UNLOCKED = declare("account.unlocked", _("Unlocked"))
PASSWORD_CHANGED = declare("account.password_changed", _("Password changed"))
FACTOR_ADDED = declare("account.factor_added", _("Second step of the sign-in set up"))
FACTOR_REMOVED = declare("account.factor_removed", _("Second step of the sign-in removed"))
FACTORS_RESET = declare(
    "account.factors_reset", _("Second step of the sign-in removed by an administrator")
)
RECOVERY_MADE = declare("account.recovery_codes_made", _("Recovery codes made"))
RECOVERY_USED = declare("account.recovery_code_used", _("Recovery code used"))
SESSIONS_ENDED = declare("account.sessions_ended", _("Signed out on other devices"))
