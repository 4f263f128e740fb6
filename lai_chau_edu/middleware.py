"""What every answer passes through: its language, and its weight on the way to a phone."""

import ipaddress

from django.conf import settings
from django.middleware.gzip import GZipMiddleware
from django.urls import Resolver404, resolve
from django.utils import translation

from . import proxies

HEALTH = "/health/"


class HealthMiddleware:
    """Answers alarms of this computer whatever name and scheme they call it by.

    They ask 127.0.0.1 without a proxy. Nothing in those answers depends on the name, so the
    check of ALLOWED_HOSTS and the redirect to https protect nothing there.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path_info.startswith(HEALTH) and is_loopback(request.META.get("REMOTE_ADDR")):
            try:
                match = resolve(request.path_info)
            except Resolver404:
                return self.get_response(request)
            return match.func(request, *match.args, **match.kwargs)
        return self.get_response(request)


def is_loopback(address):
    """Whether an address is of this computer; the socket of a file has none."""
    try:
        return ipaddress.ip_address(address or "127.0.0.1").is_loopback
    except ValueError:
        return False


class ProxyMiddleware:
    """Notes when a proxy of this computer speaks for people and TRUSTED_PROXY does not say so.

    The lock after wrong passwords then counts everybody as one address. A header from another
    computer proves nothing: anybody may send it.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        self.notice = proxies.Notice()

    def __call__(self, request):
        forwarded = "HTTP_X_FORWARDED_FOR" in request.META
        if forwarded and not settings.TRUSTED_PROXY and is_loopback(request.META["REMOTE_ADDR"]):
            self.notice.note()
        return self.get_response(request)


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


class TextGZipMiddleware(GZipMiddleware):
    """Packs pages, scripts and JSON; workbooks and pictures are packed already.

    A phone at a satellite site pays for every byte, also where no proxy stands in front.
    """

    kinds = ("text/", "application/json", "application/manifest+json", "image/svg+xml")

    def process_response(self, request, response):
        if not response.get("Content-Type", "").startswith(self.kinds):
            return response
        return super().process_response(request, response)
