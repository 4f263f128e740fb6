from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SchoolsConfig(AppConfig):
    name = "schools"
    verbose_name = _("Areas, schools and pupils")

    def ready(self):
        from .rules import write_first_values
        from .temporal import install_overlap_triggers

        post_migrate.connect(install_overlap_triggers, dispatch_uid="overlap_triggers")
        post_migrate.connect(write_first_values, sender=self, dispatch_uid="first_rules")
