"""What every answer passes through: its language, its weight on the way to a phone, and
whether there can be one while a new version is put in place."""

from django.conf import settings
from django.middleware.gzip import GZipMiddleware
from django.utils import translation

from core import schema

from .views import maintenance

HEALTH = "/health/"


class LanguageMiddleware:
    """Speak the language of the cookie set by the language switch, else Vietnamese.

    Django's own LocaleMiddleware would follow the browser's Accept-Language, and phones set to
    English are common here.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        offered = dict(settings.LANGUAGES)
        language = chosen if chosen in offered else settings.LANGUAGE_CODE
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.get_response(request)
            # Lazy strings of a template response are spoken while it renders.
            if hasattr(response, "render") and not response.is_rendered:
                response.render()
        response.headers.setdefault("Content-Language", language)
        return response


class MaintenanceMiddleware:
    """Answers 503 with Retry-After while the tables are not those of this program.

    A device then keeps its registers and sends them again. A fault may be the first to tell
    that the tables were changed under the program, so each one makes it look again.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path.startswith(HEALTH):
            return self.get_response(request)
        if schema.watch.difference():
            return maintenance(request)
        response = self.get_response(request)
        if response.status_code >= 500 and schema.watch.look():
            return maintenance(request)
        return response


class TextGZipMiddleware(GZipMiddleware):
    """Packs pages, scripts and JSON; workbooks and pictures are packed already.

    A phone at a satellite site pays for every byte, also where no proxy stands in front.
    """

    kinds = ("text/", "application/json", "application/manifest+json", "image/svg+xml")

    def process_response(self, request, response):
        if not response.get("Content-Type", "").startswith(self.kinds):
            return response
        return super().process_response(request, response)
