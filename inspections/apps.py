from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InspectionsConfig(AppConfig):
    name = "inspections"
    verbose_name = _("Committees and inspections")

    def ready(self):
        from core.scope import grant_sources
        from reports import suggested_actions

        from .actions import plan_the_flags, planned_already
        from .selectors.grants import grants_from_assignments

        grant_sources.register(grants_from_assignments)
        suggested_actions.sources.register(plan_the_flags)
        suggested_actions.answers.register(planned_already)
