from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and roles")

    def ready(self):
        from schools import people, rules

        from .retention import KEPT_DAYS
        from .scoping import holders

        people.sources.append(holders)
        rules.declare(
            KEPT_DAYS,
            meaning=_("Days for which it is kept who signed in, and who tried in vain"),
            unit=_("days"),
            first_value=180,
            source=_("Ours: two terms. TCVN 11930:2017, level 3, asks for three months or more."),
        )
