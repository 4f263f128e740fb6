"""What every answer passes through: its language, its weight on the way to a phone, and whether
there can be one while a new version is put in place."""

import ipaddress
import logging

from django.conf import settings
from django.middleware.gzip import GZipMiddleware
from django.urls import Resolver404, resolve
from django.utils import translation

from core import log_context, problems, schema
from operations import proxies

from .views import maintenance

logger = logging.getLogger(__name__)

HEALTH = "/health/"


class RequestIdMiddleware:
    """Gives every request an id: on its log lines, in its answer, and on the page of a fault."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with log_context.of_request() as request_id:
            response = self.get_response(request)
            # At an address that is none no view is asked for; the page may have asked who reads.
            user = getattr(request, "_cached_user", None)
            if user is not None and user.pk:
                log_context.note_user(user)
            request.log_context = {"request_id": request_id, **log_context.carried()}
        response.headers["X-Request-ID"] = request_id
        return response


class PrivateMiddleware:
    """No answer stays in a browser's or a proxy's store or a search engine unless its view says so.

    Most pages show names, and who may see them changes. What the service worker keeps it keeps
    whatever these headers say.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        # A phone pays for every byte: scripts and pictures are the same for everybody, and only
        # a page has permissions to be denied.
        is_page_or_data = not request.path_info.startswith(settings.STATIC_URL)
        # A 304 has nothing in it, and what the browser has already says so.
        if is_page_or_data and response.status_code != 304:
            response.headers.setdefault("X-Robots-Tag", "noindex")
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        return response


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

    kinds = (
        *("text/", "application/json", problems.MEDIA_TYPE),
        *("application/manifest+json", "image/svg+xml"),
    )

    def process_request(self, request):
        """Packing makes the name of a version weak (W/"…"), and WhiteNoise compares exactly: what
        the phone has already would be sent again. If-None-Match compares weakly (RFC 9110, 13.1.2).
        """
        if known := request.META.get("HTTP_IF_NONE_MATCH"):
            request.META["HTTP_IF_NONE_MATCH"] = known.replace('W/"', '"')

    def process_response(self, request, response):
        if not response.get("Content-Type", "").startswith(self.kinds):
            return response
        return super().process_response(request, response)
