"""What is decided about accounts, roles and keys; each leaves an event (`core.events`)."""

from django.utils.translation import gettext_lazy as _

from core.events import declare

KEY_MADE = declare("key.made", _("Access key made"))
KEY_REVOKED = declare("key.revoked", _("Access key revoked"))
KEY_REFUSED = declare("key.refused", _("Access key refused"))
KEYS_REMOVED = declare("key.removed", _("Old access keys removed"))
PASSWORD_RESET = declare("account.password_reset", _("Password set by another person"))
SUPERUSER_MADE = declare("account.superuser_made", _("Account with all rights made"))
ACCOUNT_MADE = declare("account.made", _("Account made"))
ACCOUNT_CHANGED = declare("account.changed", _("Account changed"))
ROLE_GIVEN = declare("role.given", _("Role given"))
ROLE_CHANGED = declare("role.changed", _("Role changed"))
ROLE_ENDED = declare("role.ended", _("Role ended"))
EMERGENCY_OPENED = declare("emergency.opened", _("Emergency access opened"))
EMERGENCY_ENDED = declare("emergency.ended", _("Emergency access ended"))
DEVICES_CLOSED = declare("account.devices_closed", _("Devices closed because one was lost"))
