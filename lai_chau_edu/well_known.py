"""Addresses that strangers look for: search engines, browsers, finders of weaknesses."""

import datetime

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import cache_control

from core.addresses import outside_address
from core.permissions import public

TEXT = "text/plain; charset=utf-8"
# RFC 9116 asks for less than a year.
CONTACT_HOLDS = datetime.timedelta(days=180)
A_DAY = 24 * 3600  # seconds


@public("search engines have no account")
@cache_control(max_age=A_DAY)
def robots(request):
    """Nothing here is for search engines."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type=TEXT)


@public("whoever finds a weakness has no account")
def security(request):
    """Whom to tell of a weakness (RFC 9116); 404 when SECURITY_CONTACT names nobody."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    expires = (timezone.now() + CONTACT_HOLDS).astimezone(datetime.UTC)
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {expires:%Y-%m-%dT00:00:00Z}",
        "Preferred-Languages: vi, en",
    ]
    if address := outside_address(request.path):
        lines.append(f"Canonical: {address}")
    return HttpResponse("\n".join(lines) + "\n", content_type=TEXT)


@public("a browser's password store asks for it; the page it leads to wants a sign-in")
def change_password(request):
    """Where a browser finds the page for a new password."""
    return redirect("accounts:password")
