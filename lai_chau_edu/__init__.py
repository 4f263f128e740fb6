"""The roof: settings, addresses, jobs, menu and home. Knows every app, owns no model."""

from .celery import app as celery_app

__all__ = ["celery_app"]
