from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and roles")

    def ready(self):
        from django.contrib.auth.signals import user_logged_in

        from core import permission_holders, rules

        from . import second_factor
        from .emergency import MOST_HOURS
        from .retention import KEPT_DAYS
        from .roles import ROLES
        from .scoping import holders
        from .tokens import KEPT, LIFE

        second_factor.declare_rules()
        user_logged_in.connect(_begin_session, dispatch_uid="accounts.sessions")

        permission_holders.sources.register(holders)
        permission_holders.role_names.update({code: role.name for code, role in ROLES.items()})
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
            KEPT_DAYS,
            meaning=_("Days for which it is kept in which browsers somebody signed in"),
            unit=_("days"),
            first_value=180,
            source=_("Ours: two terms. TCVN 11930:2017, level 3, asks for three months or more."),
        )
        rules.declare(
            MOST_HOURS,
            meaning=_("Hours for which emergency access may be opened"),
            unit=_("hours"),
            first_value=4,
        )


def _begin_session(sender, request, user, **kwargs):
    from . import sessions

    sessions.begin(request, user)
