"""The roof: settings, addresses, jobs, menu and home. Knows every app, owns no model."""

from .celery import app as celery_app
from .version import VERSION

__version__ = VERSION

__all__ = ["__version__", "celery_app"]
