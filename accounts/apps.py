from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and roles")

    def ready(self):
        from schools import people

        from .roles import ROLES
        from .scoping import holders

        people.sources.append(holders)
        people.role_names.update({code: role.name for code, role in ROLES.items()})
