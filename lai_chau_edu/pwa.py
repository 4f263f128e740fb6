"""What makes the site an application on a phone: a manifest and a service worker."""

import hashlib

from django.contrib.staticfiles import finders
from django.http import JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control, never_cache

from attendance.offline.views import offline
from core.permissions import public
from core.province import product_name

# The frame and the sheet need these and nothing else.
FILES = [
    "css/site.css",
    "img/mark.svg",
    "js/register.js",
    "js/sheet/rows.js",
    "js/sheet/changes.js",
    "js/sheet/keys.js",
    "js/offline/keys.js",
    "js/offline/storage.js",
    "js/offline/contact.js",
    "js/offline/outbox.js",
    "js/offline/sync_status.js",
    "js/offline/page.js",
]
# Kept by those devices only that opened a page of that kind (`keepScripts` of sync_status.js).
OPENED_FILES = [
    "js/offline/findings.js",
    "js/offline/inspection.js",
    "js/offline/rounds.js",
    "js/offline/survey.js",
    "js/offline/typed.js",
    "js/offline/village.js",
]


@public("a browser asks for it without a session")
@cache_control(max_age=86400)
def manifest(request):
    """How the application is called and looks when it is installed."""
    name = product_name()
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
    content = hashlib.sha256(offline(request).content)
    for name in [*FILES, *OPENED_FILES]:
        with open(finders.find(name), "rb") as file:
            content.update(file.read())
    return render(
        request,
        "service_worker.js",
        {
            "version": content.hexdigest()[:12],
            "files": [static(name) for name in FILES],
            "opened_files": [static(name) for name in OPENED_FILES],
            "frame": reverse("attendance:offline"),
        },
        content_type="text/javascript",
    )
