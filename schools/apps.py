from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

OPERATION_DAYS = "schools.operation_days"
MERGE_DAYS = "schools.merge_days"


class SchoolsConfig(AppConfig):
    name = "schools"
    verbose_name = _("Areas, schools and pupils")

    def ready(self):
        from .rules import declare, write_first_values
        from .temporal import install_overlap_triggers

        post_migrate.connect(install_overlap_triggers, dispatch_uid="overlap_triggers")
        post_migrate.connect(write_first_values, sender=self, dispatch_uid="first_rules")
        declare(
            OPERATION_DAYS,
            meaning=_("Days for which a form that was sent is known again when it is sent twice"),
            unit=_("days"),
            first_value=14,
        )
        declare(
            MERGE_DAYS,
            meaning=_("Days in which the merging of two records of a pupil can be taken back"),
            unit=_("days"),
            first_value=30,
        )
