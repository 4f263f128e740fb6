from types import ModuleType

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class InspectionsConfig(AppConfig):
    name = "inspections"
    verbose_name = _("Committees and inspections")

    def ready(self) -> None:
        from core import permission_holders
        from core.scope import grant_sources
        from reports import head_counts, report_types, school_actions, suggested_actions
        from reports.exports import month_table
        from reports.papers import paper_types
        from schools.reorganisations import followers as unit_followers

        from . import (
            digest_parts,
            notifications,  # noqa: F401 - workers send what services write
            priority,
        )
        from .action_plans import limits as task_limits
        from .action_plans.suggestions import report_on_tasks, report_on_tasks_of_school
        from .actions import (
            answer_recommendations,
            answer_recommendations_of_school,
            plan_the_flags,
            planned_already,
            visits_to_our_school,
            visits_to_us,
        )
        from .calendar import limits as calendar_limits
        from .checklist.questions import write_first_questions
        from .effect import limits as effect_limits
        from .papers.drafts import PAPER_TYPES
        from .recommendations import limits as recommendation_limits
        from .recommendations.suggestions import overdue_below
        from .scorecards import limits
        from .scorecards.criteria import write_first_criteria
        from .selectors.findings import verification_of
        from .selectors.grants import followers_by_assignment, grants_from_assignments
        from .selectors.members import in_charge_by_commune
        from .visit_report.report_types import VISIT_REPORTS
        from .year_plan import limits as year_plan_limits

        post_migrate.connect(write_first_questions, sender=self, dispatch_uid="checklist")
        post_migrate.connect(write_first_criteria, sender=self, dispatch_uid="scoring")
        unit_followers.followers.register(_unit_followers)
        limits.declare_all()
        priority.declare_all()
        year_plan_limits.declare_all()
        task_limits.declare_all()
        effect_limits.declare_all()
        calendar_limits.declare_all()
        recommendation_limits.declare_all()
        digest_parts.declare_all()
        grant_sources.register(grants_from_assignments)
        permission_holders.sources.register(followers_by_assignment)
        head_counts.sources.register(verification_of)
        month_table.answerable.register(in_charge_by_commune)
        suggested_actions.sources.register(plan_the_flags)
        suggested_actions.sources.register(answer_recommendations)
        suggested_actions.sources.register(visits_to_us)
        suggested_actions.sources.register(report_on_tasks)
        suggested_actions.sources.register(overdue_below)
        school_actions.sources.register(answer_recommendations_of_school)
        school_actions.sources.register(visits_to_our_school)
        school_actions.sources.register(report_on_tasks_of_school)
        suggested_actions.answers.register(planned_already)
        for report_type in VISIT_REPORTS:
            report_types.register(report_type)
        for paper_type in PAPER_TYPES:
            paper_types.register(paper_type)


def _unit_followers() -> ModuleType:
    from . import carrying

    return carrying
