from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and roles")

    def ready(self):
        from schools import people, rules

        from .emergency import MOST_HOURS
        from .scoping import holders
        from .tokens import KEPT, LIFE

        people.sources.append(holders)
        rules.declare(
            LIFE,
            meaning=_("Days for which an access key may be made"),
            unit=_("days"),
            first_value=90,
        )
        rules.declare(
            KEPT,
            meaning=_("Days for which access keys are kept after their end"),
            unit=_("days"),
            first_value=180,
        )
        rules.declare(
            MOST_HOURS,
            meaning=_("Hours for which emergency access may be opened"),
            unit=_("hours"),
            first_value=4,
        )
