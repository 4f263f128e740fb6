"""What is decided about accounts, roles and keys; each leaves an event (`core.events`)."""

from django.utils.translation import gettext_lazy as _

from core.events import declare

FACTORS = {"phone": _("phone"), "passkey": _("passkey")}

KEY_MADE = declare("key.made", _("Access key made"))
KEY_REVOKED = declare("key.revoked", _("Access key revoked"))
KEY_REFUSED = declare("key.refused", _("Access key refused"))
KEYS_REMOVED = declare("key.removed", _("Old access keys removed"), count=_("access keys"))
PASSWORD_RESET = declare("account.password_reset", _("Password set by another person"))
SUPERUSER_MADE = declare("account.superuser_made", _("Account with all rights made"))
ACCOUNT_MADE = declare("account.made", _("Account made"))
ACCOUNT_CHANGED = declare("account.changed", _("Account changed"))
ROLE_GIVEN = declare("role.given", _("Role given"))
ROLE_CHANGED = declare("role.changed", _("Role changed"))
ROLE_TAKEN_BACK = declare("role.taken_back", _("Role taken back with the unit it was carried to"))
ROLE_ENDED = declare("role.ended", _("Role ended"))
EMERGENCY_OPENED = declare("emergency.opened", _("Emergency access opened"))
EMERGENCY_ENDED = declare("emergency.ended", _("Emergency access ended"))
DEVICES_CLOSED = declare("account.devices_closed", _("Devices closed because one was lost"))
SIGNED_IN = declare(
    "account.signed_in",
    _("Signed in"),
    second_step=_("second step"),
    provider=_("identity provider"),
)
SIGN_IN_FAILED = declare(
    "account.sign_in_failed", _("Wrong password or code"), locked_until=_("locked until")
)
LOCKED = declare(
    "account.locked", _("Locked after wrong passwords or codes"), locked_until=_("locked until")
)
UNLOCKED = declare("account.unlocked", _("Unlocked"))
PASSWORD_CHANGED = declare("account.password_changed", _("Password changed"))
FACTOR_ADDED = declare("account.factor_added", _("Second step of the sign-in set up"), **FACTORS)
FACTOR_REMOVED = declare(
    "account.factor_removed", _("Second step of the sign-in removed"), **FACTORS
)
FACTORS_RESET = declare(
    "account.factors_reset",
    _("Second step of the sign-in removed by an administrator"),
    factors=_("phones and passkeys"),
)
RECOVERY_MADE = declare("account.recovery_codes_made", _("Recovery codes made"))
RECOVERY_USED = declare(
    "account.recovery_code_used", _("Recovery code used"), left=_("recovery codes left")
)
SESSIONS_ENDED = declare(
    "account.sessions_ended", _("Signed out on other devices"), browsers=_("browsers")
)
REMINDERS_SET = declare("account.reminders_set", _("Reminders by e-mail switched on or off"))
DIGEST_CHOSEN = declare("account.digest_chosen", _("Digest chosen"))
ACCOUNTS_ASKED = declare("accounts.asked", _("Accounts asked for"), count=_("people"))
ACCOUNTS_CANCELLED = declare("accounts.cancelled", _("Making of accounts cancelled"))
SLIPS_ASKED = declare("accounts.slips_asked", _("New slips asked for"), count=_("people"))
SLIPS_MADE = declare("accounts.slips_made", _("Slips of first passwords made"), count=_("slips"))
SLIPS_FETCHED = declare("accounts.slips_fetched", _("Slips of first passwords downloaded"))
CODE_GIVEN = declare(
    "account.code_given", _("One-time code given out"), temporary_until=_("valid until")
)
VIEWED_AS_TEACHER = declare("viewing.begun", _("Pages looked at as the teacher of a class"))
VIEWING_ENDED = declare("viewing.ended", _("Stopped looking at pages as a teacher"))
RESET_MAILED = declare("account.reset_mailed", _("Link for a new password sent by e-mail"))
