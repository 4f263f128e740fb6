from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class RoofConfig(AppConfig):
    name = "lai_chau_edu"

    def ready(self):
        from django.contrib import admin

        from . import checks  # noqa: F401
        from .keeping.moved import refuse_moved

        connection_created.connect(refuse_moved)

        admin.site.site_header = admin.site.site_title = _("Lai Châu attendance")
