from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("Common parts")

    def ready(self):
        from .field_names import translate_field_names

        translate_field_names()
