from django.apps import AppConfig
from django.utils.functional import lazy


class ProjectConfig(AppConfig):
    name = "lai_chau_edu"

    def ready(self):
        from django.contrib import admin

        from core import next_steps
        from core.province import product_name
        from operations.diagnostics import work

        from . import checks  # noqa: F401
        from .demo import build
        from .readiness import steps

        work.demonstrations.register(build.is_present)
        next_steps.sources.register(steps.next_step)

        admin.site.site_header = admin.site.site_title = lazy(product_name, str)()
