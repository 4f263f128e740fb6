from django.apps import AppConfig


class RoofConfig(AppConfig):
    name = "lai_chau_edu"

    def ready(self):
        from . import checks  # noqa: F401
