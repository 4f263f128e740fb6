"""What makes the site an application on a phone: a manifest and a service worker."""

import hashlib

from django.contrib.staticfiles import finders
from django.http import JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache

from attendance.views.pocket import pocket
from core.permissions import public

# The frame and the sheet need these and nothing else.
FILES = [
    "css/site.css",
    "img/mark.svg",
    "js/register.js",
    "js/sheet/rows.js",
    "js/sheet/changes.js",
    "js/sheet/keys.js",
    "js/pocket/keys.js",
    "js/pocket/vault.js",
    "js/pocket/contact.js",
    "js/pocket/outbox.js",
    "js/pocket/strip.js",
    "js/pocket/page.js",
]


@public("a browser asks for it without a session")
@cache_control(max_age=86400)
def manifest(request):
    """How the application is called and looks when it is installed."""
    name = _("Lai Châu attendance")
    return JsonResponse(
        {
            "name": name,
            "short_name": name,
            "lang": request.LANGUAGE_CODE,
            "start_url": reverse("home"),
            "scope": "/",
            "display": "standalone",
            "background_color": "#f6f5f0",
            "theme_color": "#1c2e60",
            "icons": [
                {
                    "src": static("img/mark.svg"),
                    "sizes": "any",
                    "type": "image/svg+xml",
                    "purpose": "any",
                }
            ],
        },
        content_type="application/manifest+json",
    )


@public("a script without data, the same for everybody")
@never_cache
def service_worker(request):
    """The service worker; its version follows from what it keeps, so that a change is new."""
    content = hashlib.sha256(pocket(request).content)
    for name in FILES:
        with open(finders.find(name), "rb") as file:
            content.update(file.read())
    return render(
        request,
        "service_worker.js",
        {
            "version": content.hexdigest()[:12],
            "files": [static(name) for name in FILES],
            "frame": reverse("attendance:pocket"),
        },
        content_type="text/javascript",
    )
