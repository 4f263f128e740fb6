from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("Common parts")

    def ready(self) -> None:
        from . import rules
        from .append_only import install_triggers
        from .digests.emails import compose
        from .digests.kinds import DIGEST
        from .digests.records import DIGEST_DAYS
        from .field_names import translate_field_names
        from .notifications.kinds import compose_with
        from .notifications.records import NOTIFICATION_DAYS
        from .permissions import Permission
        from .services.operations import REMEMBERED_DAYS
        from .services.pending_uploads import PENDING_HOURS
        from .validity import install_overlap_triggers

        post_migrate.connect(install_triggers, dispatch_uid="append_only")
        post_migrate.connect(install_overlap_triggers, dispatch_uid="overlap_triggers")
        post_migrate.connect(rules.write_first_values, sender=self, dispatch_uid="first_rules")
        translate_field_names()
        compose_with(DIGEST, compose)
        rules.declare_theme(
            "core", _("Messages and files"), place=90, keeper=Permission.VIEW_OPERATIONS
        )
        rules.declare(
            REMEMBERED_DAYS,
            meaning=_("Days for which a form that was sent is known again when it is sent twice"),
            unit=_("days"),
            first_value=14,
            theme="core",
        )
        rules.declare(
            NOTIFICATION_DAYS,
            meaning=_("Days for which it is recorded who was notified of what"),
            unit=_("days"),
            first_value=90,
        )
        rules.declare(
            DIGEST_DAYS,
            meaning=_("Days for which a digest can be read"),
            unit=_("days"),
            first_value=180,
        )
        rules.declare(
            PENDING_HOURS,
            meaning=_("Hours for which an uploaded file waits to be confirmed"),
            unit=_("hours"),
            first_value=2,
        )
