from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("Common parts")

    def ready(self):
        from . import admin_events

        admin_events.connect()
