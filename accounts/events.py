"""What is decided about accounts, roles and keys; each leaves an event (`core.events`)."""

from django.utils.translation import gettext_lazy as _

from core.events import declare

KEY_MADE = declare("key.made", _("Access key made"))
KEY_REVOKED = declare("key.revoked", _("Access key revoked"))
KEY_REFUSED = declare("key.refused", _("Access key refused"))
KEYS_REMOVED = declare("key.removed", _("Old access keys removed"))
PASSWORD_RESET = declare("account.password_reset", _("Password set by another person"))
SUPERUSER_MADE = declare("account.superuser_made", _("Account with all rights made"))
