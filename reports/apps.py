from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Figures and reports")

    def ready(self):
        from . import receivers, thresholds

        thresholds.declare_all()
        receivers.connect()
