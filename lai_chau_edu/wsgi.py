"""WSGI entry for gunicorn and waitress."""

import os

from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application

from . import celery_app


class Request(WSGIRequest):
    """Survives a Content-Type that names an encoding Python does not know."""

    def _set_content_type_params(self, meta):
        # Django reads it before any middleware could answer.
        try:
            super()._set_content_type_params(meta)
        except (LookupError, ValueError):
            self.content_type, self.content_params = "", {"charset": ""}


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lai_chau_edu.settings")
application = get_wsgi_application()
application.request_class = Request
# The operator starts failed jobs again, also those that no page asks for.
celery_app.loader.import_default_modules()
