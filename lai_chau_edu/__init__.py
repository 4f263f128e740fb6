"""Settings, addresses, timetable, menu, start pages and demo. Knows every app, owns no model."""

from core.version import VERSION

from .celery import app as celery_app

__version__ = VERSION

__all__ = ["__version__", "celery_app"]
