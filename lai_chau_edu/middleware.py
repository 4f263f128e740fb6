"""Vietnamese unless the reader chose otherwise: phones set to English are common here."""

from django.conf import settings
from django.utils import translation


class LanguageMiddleware:
    """Speak the language of the cookie set by the language switch, else the default one.

    Django's own LocaleMiddleware would follow the browser's Accept-Language.
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
