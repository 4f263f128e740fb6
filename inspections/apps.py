from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InspectionsConfig(AppConfig):
    name = "inspections"
    verbose_name = _("Committees and inspections")

    def ready(self):
        from core.scope import grant_sources
        from reports import todo

        from .actions import plan_the_flags, planned_already
        from .selectors.grants import grants_from_assignments

        grant_sources.register(grants_from_assignments)
        todo.sources.register(plan_the_flags)
        todo.answers.register(planned_already)
