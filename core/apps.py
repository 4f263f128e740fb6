from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("Common parts")

    def ready(self):
        from .append_only import install_triggers
        from .field_names import translate_field_names

        post_migrate.connect(install_triggers, dispatch_uid="append_only")
        translate_field_names()
