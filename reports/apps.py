from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Figures and reports")

    def ready(self) -> None:
        from core import event_words

        from . import (
            digest_parts,
            receivers,
            report_types,
            school_actions,
            suggested_actions,
            thresholds,
        )
        from .exports.monthly_report import MONTHLY, MONTHLY_CSV
        from .exports.yearly_forms import YEARLY_FORMS
        from .indicators import NAMED
        from .month_review import reminding  # noqa: F401  # a worker delivers its kinds
        from .month_review.actions import step_of_area, step_of_school
        from .papers.report_types import PAPERS
        from .papers.symbols import write_first_symbols

        post_migrate.connect(write_first_symbols, sender=self, dispatch_uid="paper_symbols")
        thresholds.declare_all()
        receivers.connect()
        digest_parts.declare_all()
        event_words.name_codes("indicator", {code: each.name for code, each in NAMED.items()})
        for report_type in (MONTHLY, MONTHLY_CSV, *PAPERS, YEARLY_FORMS):
            report_types.register(report_type)
        suggested_actions.sources.register(step_of_area)
        school_actions.sources.register(step_of_school)
