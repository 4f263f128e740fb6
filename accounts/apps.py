from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and roles")

    def ready(self):
        from django.contrib.auth.signals import user_logged_in

        from schools import people

        from . import second_factor
        from .scoping import holders

        second_factor.declare_rules()
        user_logged_in.connect(_begin_session, dispatch_uid="accounts.sessions")

        people.sources.append(holders)


def _begin_session(sender, request, user, **kwargs):
    from . import sessions

    sessions.begin(request, user)
