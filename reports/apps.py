from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Figures and reports")

    def ready(self):
        from . import receivers, report_types, school_actions, suggested_actions, thresholds
        from .exports.monthly_report import MONTHLY
        from .month_review.actions import step_of_area, step_of_school
        from .papers.report_types import PAPERS

        thresholds.declare_all()
        receivers.connect()
        for report_type in (MONTHLY, *PAPERS):
            report_types.register(report_type)
        suggested_actions.sources.register(step_of_area)
        school_actions.sources.register(step_of_school)
