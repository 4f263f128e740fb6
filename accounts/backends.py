"""Rights in Django's admin from roles: who manages users keeps the reference data too."""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from core.permissions import Permission

from .scoping import scope_for

# The apps whose admin pages hold accounts and reference data. No pupil is registered there.
APPS = {"accounts", "attendance", "schools"}
# Of an app whose other tables nobody changes: "app.model".
MODELS = {"core.rule"}


class RoleBackend(BaseBackend):
    """Grants a staff user with `users.manage` every right on the models of `APPS` and on `MODELS`.

    A superuser has the same and nothing more: no pupil, no group, no permission of Django's.
    """

    # `User.has_perm` asks this backend and no other.
    decides_rights = True

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        app_label, _, codename = perm.partition(".")
        model = f"{app_label}.{codename.rpartition('_')[2]}"
        return (app_label in APPS or model in MODELS) and self._keeps(user_obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        apps = APPS | {model.partition(".")[0] for model in MODELS}
        return app_label in apps and self._keeps(user_obj)

    def _keeps(self, user: Any) -> bool:
        if not (user.is_active and user.is_staff):
            return False
        # The admin asks dozens of times a page; the answer holds for this request's user.
        if user._keeps_accounts is None:
            # The first administrator of an installation has no grant yet (createsuperuser).
            user._keeps_accounts = user.is_superuser or scope_for(user).may(Permission.MANAGE_USERS)
        return user._keeps_accounts
